"""A queue that is drained has statistics of an empty table: the planner expects one row, whatever waits by now."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from bellwork.db import ledger
from bellwork.db.engine import psycopg_of, transaction
from bellwork.db.ledger.jobs import as_keys, in_columns
from tests.db.ledger import ledger_jobs

if TYPE_CHECKING:
    from sqlalchemy import Connection

# The package exports functions of the same names; these are their modules.
claim, finish = import_module("bellwork.db.ledger.claim"), import_module("bellwork.db.ledger.finish")

_FILL = "INSERT INTO bellwork.jobs (queue, actor) SELECT 'default', 't.listed' FROM generate_series(1, 5000)"
_IDS = list(range(1, 51))


@pytest.fixture
def drained(database: str) -> None:
    """5,000 jobs came and went, the statistics were taken, and as many wait again."""
    del database
    for statement in (_FILL, "DELETE FROM bellwork.jobs", "ANALYZE bellwork.jobs", _FILL):
        with transaction() as conn:
            conn.execute(text(statement))


def _plan(conn: Connection, statement: bytes, asked: Any) -> str:
    return "\n".join(row[0] for row in psycopg_of(conn).execute(b"EXPLAIN " + statement, asked).fetchall())


@pytest.mark.usefixtures("drained")
def test_a_claim_from_the_ledger_takes_no_more_than_its_limit() -> None:
    """Three are claimed where three are asked for: the search is carried out once, not once a row."""
    with transaction() as conn:
        assert 3 == len(ledger.claim_next(conn, ledger_jobs.appear(), "default", [ledger_jobs.ACTOR], 3))


@pytest.mark.usefixtures("drained")
def test_a_claim_by_id_reads_nothing_but_these_ids() -> None:
    """Fifty ids are looked up twice in the primary key, and no other index of the jobs is walked through."""
    with transaction() as conn:
        asked = {
            "ids": _IDS,
            "queue": None,
            "worker": uuid4(),
            "actors": as_keys([ledger_jobs.ACTOR]),
            "limited": False,
        }
        shown = _plan(conn, claim._BY_ID, asked)

    assert 2 == shown.count("Index Cond: (id = ANY")
    assert "jobs_due" not in shown


@pytest.mark.usefixtures("drained")
def test_a_finish_reads_nothing_but_these_ids() -> None:
    """Fifty ends are looked up in the primary key: the index of what runs is not walked through."""
    with transaction() as conn:
        held = [job.held for job in ledger.claim_next(conn, ledger_jobs.appear(), "default", [ledger_jobs.ACTOR], 50)]
        shown = _plan(conn, finish._FINISH, in_columns(held))

    assert "Index Cond: (id = " in shown
    assert "jobs_running" not in shown
