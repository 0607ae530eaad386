"""The registry of partitions follows the catalogue, lets nobody skip a step, and holds no drop without its evidence."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from bellwork.db.engine import transaction
from bellwork.db.machine import IllegalMove
from bellwork.db.own import HISTORY
from bellwork.db.partitions import (
    PartitionState,
    UnknownTableError,
    declared,
    expected,
    horizon,
    move,
    partitions,
    read,
    record_failure,
    sync_registry,
)
from bellwork.db.systems import partitioned
from bellwork.db.vocabulary import PartitionedTable
from tests.old_months import AUDIT, MONTH, book, old_month

S = PartitionState


@pytest.mark.usefixtures("database")
def test_every_partition_that_stands_is_entered_once() -> None:
    """Four months and fifteen days, however often it is done."""
    with transaction() as conn:
        for table in (AUDIT, HISTORY, AUDIT, HISTORY):
            sync_registry(conn, table)

        assert (4, 15) == (len(partitions(conn, AUDIT)), len(partitions(conn, HISTORY)))
        assert {"attached"} == {each.state for each in partitions(conn, AUDIT)}


@pytest.mark.usefixtures("database")
def test_what_is_expected_is_not_written() -> None:
    """A look into the future leaves the registry as it is."""
    with transaction() as conn:
        seen = expected(conn, AUDIT)

        assert (4, 0) == (len(seen), len(partitions(conn, AUDIT)))


@pytest.mark.usefixtures("database")
def test_a_dropped_partition_that_stands_again_is_attached() -> None:
    """Somebody has put it back by hand: the catalogue decides, unless it was dropped just while it was looked at."""
    old_month(rows=1)
    _pretend_dropped("1 minute")
    soon = book(AUDIT, MONTH).state
    _pretend_dropped("2 hours")
    later = book(AUDIT, MONTH)

    assert ("dropped", "attached", "archive") == (soon, later.state, later.leaves_by)


@pytest.mark.usefixtures("database")
def test_a_partition_is_due_when_its_time_is_over() -> None:
    """84 months after its end, or a week after it where nothing is kept; a table that keeps all has no such instant."""
    end = old_month(rows=1).ends
    due = {keep: book(replace(AUDIT, keep=keep), MONTH).due_at for keep in (84, 1, 0, None)}

    assert end
    assert end.replace(year=2026) == due[84]
    assert end.replace(month=3) == due[1]
    assert end.replace(day=8) == due[0]
    assert due[None] is None


@pytest.mark.usefixtures("database")
def test_a_step_is_done_once() -> None:
    """The second who wants to do it is told that he was late; a step that does not exist is refused."""
    row = old_month(rows=1)
    with transaction() as conn:
        assert move(conn, row, S.DETACHING)
        assert not move(conn, row, S.DETACHING)
        with pytest.raises(IllegalMove, match="cannot go from 'attached' to 'dropped'"):
            move(conn, row, S.DROPPED)
        with pytest.raises(TypeError, match="no column for states"):
            move(conn, row, S.DETACHING, states="x")


@pytest.mark.usefixtures("database")
def test_trouble_is_kept_until_the_next_step() -> None:
    """What stopped a partition is there for whoever looks, and forgotten when it goes on."""
    row = old_month(rows=1)
    with transaction() as conn:
        record_failure(conn, row, "x" * 5_000)
        blamed = read(conn, AUDIT, MONTH)
        move(conn, row, S.DETACHING)
        after = read(conn, AUDIT, MONTH)

    assert blamed
    assert after
    assert (1_000, None, None) == (len(str(blamed.error)), after.error, after.failed_at)


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ("state = 'dropped'", "dropped_was_verified"),
        ("state = 'verified'", "exported_has_evidence"),
        ("state = 'exported'", "exported_has_evidence"),
        ("state = 'lost'", "state_check"),
        ("held_by = 'me'", "hold"),
        ("sha256 = 'none'", "sha256_check"),
    ],
)
def test_postgresql_itself_refuses_a_drop_without_evidence(change: str, rule: str) -> None:
    """Whatever is written: an archived partition is not registered as dropped unless its archive was verified."""
    old_month(rows=1)
    with pytest.raises(IntegrityError, match=rule), transaction() as conn:
        conn.execute(text(f"UPDATE bellwork.partitions SET {change}"))  # noqa: S608 - a line of this file


@pytest.mark.usefixtures("database")
def test_open_ranges_are_ranges() -> None:
    """From MINVALUE, to MAXVALUE: nothing is missing ahead of a partition without an end."""
    with transaction() as conn:
        conn.execute(text("CREATE TABLE content.open (id bigint, at timestamptz) PARTITION BY RANGE (at)"))
        whole = "FROM (MINVALUE) TO (MAXVALUE)"
        conn.execute(text(f"CREATE TABLE content.all_of_it PARTITION OF content.open FOR VALUES {whole}"))
        table = PartitionedTable("content.open", "at", "month", 3, keep=1)
        sync_registry(conn, table)
        [row] = partitions(conn, table)

        assert (None, None, None, False) == (row.starts, row.ends, row.due_at, row.is_leaving)
        assert 0 == horizon(conn, table)


@pytest.mark.usefixtures("database")
def test_an_unknown_table_is_answered_with_the_declared_ones() -> None:
    """The message lists them; every declared name finds its table."""
    assert list(partitioned()) == [declared(each.name) for each in partitioned()]
    with pytest.raises(UnknownTableError, match=r"no table 'x' is declared; declared are content\.audit_logs, "):
        declared("x")


def _pretend_dropped(ago: str) -> None:
    dropped = "state = 'dropped', leaves_by = 'drop', at = now() - CAST(:ago AS interval)"
    with transaction() as conn:
        conn.execute(
            text(f"UPDATE bellwork.partitions SET {dropped} WHERE name = :name"),  # noqa: S608 - the line above
            {"ago": ago, "name": MONTH},
        )
