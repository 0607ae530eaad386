"""A look at every job there is, portion by portion: each is one short transaction that reads and locks nothing else.

It begins with the newest ids. A job that ends, or is put back, meanwhile keeps its id, and is found in either table.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING

from sqlalchemy import text

from bellwork.db.engine import psycopg_of, transaction
from bellwork.db.ledger.invariants import EVERY_ID, find
from bellwork.db.queries.index_order import in_index_order

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from bellwork.db.ledger.invariants import Invariant

#: Rows that one transaction reads: some tenths of a second.
PORTION = 50_000
#: Ids that are kept of each invariant.
_KEPT = 6
_ROOM = "32MB"
_PORTION = b"""
SELECT min(id), count(*) FROM (
    SELECT id FROM ((SELECT id FROM bellwork.jobs WHERE id < %(before)s ORDER BY id DESC LIMIT %(most)s) UNION ALL
        (SELECT id FROM bellwork.finished_jobs WHERE id < %(before)s ORDER BY id DESC LIMIT %(most)s)) jobs
    ORDER BY id DESC LIMIT %(most)s) portion
"""


@dataclass
class Deep:
    """What was found so far: the jobs that were looked at, the ids of some that violate each, and where it stopped.

    `below` is None when every job was looked at; else those of smaller ids were not.
    """

    jobs: int = 0
    found: dict[Invariant, list[int]] = field(default_factory=dict)
    below: int | None = EVERY_ID.stop - 1

    def look(self, seconds: float) -> None:
        """Look at portion after portion until all are done or so many seconds are over; raises what PostgreSQL does."""
        until = monotonic() + seconds
        while self.below is not None and monotonic() < until:
            with transaction() as conn:
                conn.execute(text("SET TRANSACTION READ ONLY"))
                self.portion(conn, self.below)

    def portion(self, conn: Connection, below: int) -> None:
        """Look at the newest jobs with ids below this one."""
        conn.execute(text(f"SET LOCAL work_mem = '{_ROOM}'"))
        with in_index_order(conn):
            [(first, jobs)] = psycopg_of(conn).execute(_PORTION, {"before": below, "most": PORTION}).fetchall()
            violated = find(conn, range(first, below)) if jobs else {}
        for invariant, ids in violated.items():
            self.found[invariant] = [*ids, *self.found.get(invariant, [])][:_KEPT]
        self.jobs, self.below = self.jobs + jobs, first
