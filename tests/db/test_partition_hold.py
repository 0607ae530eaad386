"""A partition that somebody holds stays, whatever its age and step, and says who holds it and why."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import text

from bellwork.db.engine import transaction
from bellwork.db.partitions import PartitionState, hold, move, read, release
from bellwork.db.partitions.states import MOVES
from tests.old_months import AUDIT, MONTH, old_month

EVIDENCE = {"rows": 1, "bytes": 1, "sha256": "a" * 64, "digest": "b" * 64, "url": "u", "manifest_url": "m"}
S = PartitionState


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("state", [S.ATTACHED, S.DETACHED, S.EXPORTED, S.VERIFIED])
def test_a_held_partition_goes_no_step_nearer_to_its_end(state: PartitionState) -> None:
    """From wherever it is; released, it goes on."""
    row = replace(old_month(rows=1), state=state)
    onward = {S.ATTACHED: S.DETACHING, S.DETACHED: S.EXPORTED, S.EXPORTED: S.VERIFIED, S.VERIFIED: S.DROPPED}[state]
    with transaction() as conn:
        facts = ", ".join(f"{name} = :{name}" for name in EVIDENCE)
        statement = f"UPDATE bellwork.partitions SET state = :state, {facts}"  # noqa: S608 - our own columns
        conn.execute(text(statement), {"state": state, **EVIDENCE})
        conn.execute(text("UPDATE bellwork.partitions SET verified_at = now()"))
        assert hold(conn, AUDIT, MONTH, "the office", "case 12")
        assert not hold(conn, AUDIT, MONTH, "another", "case 13")
        assert not move(conn, row, onward)
        assert release(conn, AUDIT, MONTH)
        assert not release(conn, AUDIT, MONTH)
        assert move(conn, row, onward)


@pytest.mark.usefixtures("database")
def test_what_has_begun_to_leave_is_brought_to_an_end_in_spite_of_a_hold() -> None:
    """Until it is detached its rows are out of sight: that is no state to be held in."""
    row = old_month(rows=1)
    with transaction() as conn:
        move(conn, row, S.DETACHING)
        hold(conn, AUDIT, MONTH, "the office", "case 12")
        detaching = read(conn, AUDIT, MONTH)

        assert detaching
        assert detaching.is_leaving
        assert move(conn, detaching, S.DETACHED)
        assert not (read(conn, AUDIT, MONTH) or detaching).is_leaving


def test_every_state_can_be_left_and_reached() -> None:
    """From the first to the last and back again; no state is a trap."""
    assert set(S) == set(MOVES.states)
    assert not MOVES.terminal
    assert all(MOVES.sources(state) for state in S)
