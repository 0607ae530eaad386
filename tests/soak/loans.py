"""The stranger's system of tests/stranger under fire: an order is a loan, and each loan one visit in the end."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from sqlalchemy import text

from tests.stranger.place import SITE

if TYPE_CHECKING:
    from sqlalchemy import Connection

# Its distribution is found by whoever looks there, as the programs do by their PYTHONPATH.
if str(SITE) not in sys.path:
    sys.path.insert(0, str(SITE))

from library.work.lend import lend

_ASK = "INSERT INTO library.loans (id, book_id, reader) VALUES (:order, 'book', :order)"
_BROKEN = """
SELECT o.id FROM bellwork_soak.orders o LEFT JOIN library.loans l USING (id)
WHERE o.kind = 'loan' AND o.status = 'done'
  AND (l.status IS DISTINCT FROM 'noted' OR (SELECT count(*) FROM library.visits v WHERE v.reader = o.id) <> 1)
ORDER BY 1
"""


def ask(conn: Connection, order: str) -> None:
    """Ask for a book, and have it lent by the transaction that asks."""
    conn.execute(text(_ASK), {"order": order})
    lend.send(loan_id=order)


def broken(conn: Connection) -> list[str]:
    """List the orders whose loan did not pass both stages once."""
    return list(conn.execute(text(_BROKEN)).scalars())
