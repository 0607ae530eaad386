"""The stranger's system from end to end, in processes of all kinds: asked, lent, noted, taken back, forgotten."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from bellwork.db.engine import transaction
from bellwork.db.ledger.invariants import violations
from tests.faults.ground import PATIENCE, rows
from tests.faults.processes import ROOT, Cluster
from tests.helpers import eventually
from tests.stranger.place import SITE

if TYPE_CHECKING:
    from pathlib import Path

LOANS = 20
_ASK = """
INSERT INTO library.loans (id, book_id, reader) SELECT 'loan_' || n, 'book_' || n % 3, 'Ann'
FROM generate_series(1, :n) n
"""
_SEND = (
    "SELECT bellwork.enqueue('library.lend', jsonb_build_object('loan_id', 'loan_' || n)) FROM generate_series(1, :n) n"
)
_OVERDUE = "UPDATE library.loans SET due_at = now() - interval '1 hour'"
_DUE = "UPDATE bellwork.entries SET next_tick = now() - interval '1 second' WHERE key = :key"
_OLD = "UPDATE library.loans SET returned_at = now() - interval '31 days'"


@pytest.mark.usefixtures("library")
def test_all_that_it_brings_works(tmp_path: Path) -> None:
    """Two stages over both lanes, an entry of the calendar, a rule with an archive, rows in a month of their own."""
    path = os.pathsep.join([str(SITE), *os.environ.get("PYTHONPATH", "").split(os.pathsep), str(ROOT)])
    settings = {"PYTHONPATH": path}
    with Cluster(
        tmp_path, systems="library", modules="", masters=1, processes=1, scheduler=True, settings=settings
    ) as cluster:
        rows(_ASK, n=LOANS)
        rows(_SEND, n=LOANS)
        eventually(lambda: _statuses() == {"noted": LOANS}, PATIENCE)
        visits = rows("SELECT count(*), count(DISTINCT tableoid) FROM library.visits")[0]
        rows(_OVERDUE)
        rows(_DUE, key="library.take_back")
        eventually(lambda: _statuses() == {"returned": LOANS}, PATIENCE)
        rows(_OLD)
        rows(_DUE, key="library.forget_loans")
        eventually(lambda: _archives() == [("library.loans", "done", LOANS)], PATIENCE)
        eventually(lambda: not rows("SELECT FROM bellwork.jobs"), PATIENCE)
        assert [] == rows("SELECT FROM bellwork.finished_jobs WHERE state <> 'done'")
        assert [1] * len(cluster.kept) == [kept.starts for kept in cluster.kept]

    assert (LOANS, 1) == tuple(visits)
    assert {} == _statuses()
    with transaction() as conn:
        assert [] == violations(conn)


def _statuses() -> dict[str, int]:
    return dict(rows("SELECT status, count(*) FROM library.loans GROUP BY status"))


def _archives() -> list[tuple[str, str, int]]:
    return [tuple(row) for row in rows("SELECT origin, state, removed FROM bellwork.retention_parcels")]
