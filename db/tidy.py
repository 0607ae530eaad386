"""Finds tables of ours that want a VACUUM or fresh statistics, and gives them what they want without being in the way.

PostgreSQL's own autovacuum waits until a fifth of a table has changed, and never analyses a partitioned table as a
whole; plans go wrong long before.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import text

from bellwork.db.engine import psycopg_of, single_statements
from bellwork.db.settings import settings
from bellwork.db.systems import schemas, tables

if TYPE_CHECKING:
    from collections.abc import Iterator

    from psycopg.errors import Diagnostic
    from sqlalchemy import Connection

#: A table is untidy from so many rows on that are dead or changed, if they are also a twentieth of its live ones.
FEW, PART = 1_000, 0.05
#: How long one table may take: more than a statement usually may, for no process waits for it.
PATIENCE = "10min"
_UNTIDY = text("""
SELECT format('%I.%I', n.nspname, c.relname) AS name,
       c.relkind = 'r' AND s.n_dead_tup > :few AND s.n_dead_tup > :part * s.n_live_tup AS has_dead
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_stat_user_tables s ON s.relid = c.oid
WHERE NOT c.relispartition AND c.relkind IN ('r', 'p')
  AND (n.nspname = 'bellwork' OR format('%s.%s', n.nspname, c.relname) = ANY(:tables))
  AND (c.relkind = 'p' OR greatest(s.n_dead_tup, s.n_mod_since_analyze) > :few
       AND greatest(s.n_dead_tup, s.n_mod_since_analyze) > :part * s.n_live_tup)
ORDER BY has_dead DESC, name
""")


@dataclass(frozen=True)
class Untidy:
    """A table that wants its dead rows removed, or else only new statistics."""

    name: str
    has_dead: bool

    @property
    def statement(self) -> str:
        """What it is given: never waiting for a lock, and never cutting the file, which would make others wait."""
        asked = "VACUUM (ANALYZE, SKIP_LOCKED, TRUNCATE false)" if self.has_dead else "ANALYZE (SKIP_LOCKED)"
        return f"{asked} {self.name}"


def untidy_tables(conn: Connection) -> list[Untidy]:
    """List the untidy tables of the ledger and of every system, those with dead rows first; no table of others."""
    ours = [f"{schemas()[table.schema]}.{table.name}" for table in tables() if table.schema]
    rows = conn.execute(_UNTIDY, {"few": FEW, "part": PART, "tables": ours})
    return [Untidy(row.name, row.has_dead) for row in rows]


def tidy_table(table: Untidy) -> list[str]:
    """Tidy one table, outside of any transaction; returns what PostgreSQL had to say, for instance that it may not."""
    said: list[str] = []
    with single_statements() as conn, _heard(conn, said), _patient(conn):
        conn.exec_driver_sql(table.statement)
    return said


@contextmanager
def _heard(conn: Connection, said: list[str]) -> Iterator[None]:
    driver = psycopg_of(conn)

    def note(diagnostic: Diagnostic) -> None:
        said.append(f"{diagnostic.severity}: {diagnostic.message_primary}")

    driver.add_notice_handler(note)
    try:
        yield
    finally:
        driver.remove_notice_handler(note)


@contextmanager
def _patient(conn: Connection) -> Iterator[None]:
    """Let statements last longer; behind a pooler the setting would stay with another client's session."""
    if settings().pooler == "transaction":
        yield
        return
    conn.exec_driver_sql(f"SET statement_timeout = '{PATIENCE}'")
    try:
        yield
    finally:
        conn.exec_driver_sql("RESET statement_timeout")
