"""The hot statements read by index, with a backlog behind them."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from bellwork.db.engine import psycopg_of, transaction
from bellwork.db.ledger.jobs import Place, as_keys, beginning

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

# The package exports functions of the same names; these are their modules.
claim, due = import_module("bellwork.db.ledger.claim"), import_module("bellwork.db.ledger.due")

BACKLOG = """
INSERT INTO bellwork.jobs (queue, actor, priority, run_at)
SELECT 'default', 't.listed', n % 5, now() + make_interval(secs => n % 1000 - 500) FROM generate_series(1, 20000) n
"""


@pytest.fixture
def backlog(database: str) -> Iterator[Connection]:
    """A connection to a ledger in which 20,000 jobs wait, half of them due."""
    del database
    with transaction() as conn:
        conn.execute(text(BACKLOG))
    with transaction() as conn:
        conn.execute(text("ANALYZE bellwork.jobs"))
        yield conn


def plan(conn: Connection, statement: bytes, **asked: Any) -> str:
    """Return PostgreSQL's plan for a statement."""
    return "\n".join(row[0] for row in psycopg_of(conn).execute(b"EXPLAIN " + statement, asked).fetchall())


def test_a_claim_by_id_reads_the_primary_key(backlog: Connection) -> None:
    """Neither finding nor updating 50 ids walks through the backlog."""
    asked = {"queue": None, "worker": uuid4(), "actors": as_keys(["t.listed"]), "limited": False}
    shown = plan(backlog, claim._BY_ID, ids=list(range(1, 51)), **asked)

    assert "jobs_pkey" in shown
    assert "Seq Scan on jobs" not in shown


def test_a_claim_from_the_ledger_reads_the_due_index(backlog: Connection) -> None:
    """The most urgent of the queue are found in the index's own order."""
    shown = plan(
        backlog, claim._NEXT, queue="default", worker=uuid4(), actors=as_keys(["t.listed"]), limit=50, **beginning(None)
    )

    assert "jobs_due" in shown
    assert "Seq Scan on jobs" not in shown


@pytest.mark.parametrize("statement", [due._DUE, due._QUEUES], ids=["due", "waiting_queues"])
def test_topping_up_reads_the_due_index(backlog: Connection, statement: bytes) -> None:
    """What is due, and in which queues, is read from the index of what is available."""
    shown = plan(backlog, statement, **due.asked_for({"default": None, "other": Place(1, 2, 3)}, ["t.listed"], 50))

    assert "jobs_due" in shown
    assert "Seq Scan on jobs" not in shown
