"""The stranger's system of tests/stranger under fire: an order is a loan, and each loan one visit in the end."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from sqlalchemy import text

from tests.stranger.place import SITE

if TYPE_CHECKING:
    from sqlalchemy import Connection

_ASK = "INSERT INTO library.loans (id, book_id, reader) VALUES (:order, 'book', :order)"
_BROKEN = """
SELECT o.id FROM bellwork_soak.orders o LEFT JOIN library.loans l USING (id)
WHERE o.kind = 'loan' AND o.status = 'done'
  AND (l.status IS DISTINCT FROM 'noted' OR (SELECT count(*) FROM library.visits v WHERE v.reader = o.id) <> 1)
UNION SELECT l.id FROM library.loans l WHERE l.id LIKE 'alone_%'
  AND (l.status <> 'noted' OR (SELECT count(*) FROM library.visits v WHERE v.reader = l.id) <> 1)
ORDER BY 1
"""
_ASK_ALONE = "INSERT INTO library.loans (id, book_id, reader) SELECT id, 'book', id FROM (SELECT :id AS id) asked"
_LOSE = """
DELETE FROM bellwork.jobs WHERE id IN (
    SELECT id FROM bellwork.jobs WHERE actor IN ('library.lend', 'library.note_visit')
    LIMIT :most FOR UPDATE SKIP LOCKED)
"""
_UNFINISHED = "SELECT EXISTS (SELECT FROM bellwork.jobs WHERE actor IN ('library.lend', 'library.note_visit'))"


def be_found() -> None:
    """Let this process find the stranger's distribution, as the programs of a soak do by their PYTHONPATH."""
    if str(SITE) not in sys.path:
        sys.path.insert(0, str(SITE))


def ask(conn: Connection, order: str) -> None:
    """Ask for a book, and have it lent by the transaction that asks."""
    from library.work.lend import lend  # noqa: PLC0415 - found by a program of the soak alone

    conn.execute(text(_ASK), {"order": order})
    lend.send(loan_id=order)


def lose_jobs(conn: Connection, most: int) -> int:
    """Delete jobs of loans behind the ledger's back, as nobody should; returns how many."""
    return conn.execute(text(_LOSE), {"most": most}).rowcount


def ask_alone(conn: Connection, number: int) -> None:
    """Ask for a book without a job, as an API layer that forgets it."""
    conn.execute(text(_ASK_ALONE), {"id": f"alone_{number}"})


def waiting(conn: Connection) -> bool:
    """Tell whether a job of a loan is unfinished."""
    return bool(conn.execute(text(_UNFINISHED)).scalar_one())


def broken(conn: Connection) -> list[str]:
    """List the orders, and those that came without a job, whose loan did not pass both stages once."""
    return list(conn.execute(text(_BROKEN)).scalars())
