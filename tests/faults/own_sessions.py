"""Sessions with time-outs of a test's own, which the role brings, and locks that a test holds against the product."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

import psycopg

from bellwork.db import engine
from tests.faults.ground import rows

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

_OTHERS = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()
"""


def let(**other: int | str) -> None:
    """Let the role bring the product's settings, but for those given (times in ms); all sessions begin anew.

    What the product asks for itself holds only with POOLER=transaction, where it asks its sessions for nothing.
    """
    [(database,)] = rows("SELECT current_database()")
    for name, value in {**engine.SESSION, **other}.items():
        rows(f"ALTER ROLE bellwork IN DATABASE {database} SET {name} = '{value}'")
    rows(_OTHERS)
    engine.forget()


@contextmanager
def locked(statement: str) -> Iterator[psycopg.Connection[Any]]:
    """Hold what a statement locks in an open transaction that nothing ends."""
    options = "-c idle_in_transaction_session_timeout=0 -c statement_timeout=0 -c lock_timeout=0"
    with psycopg.connect(os.environ["DATABASE_URL"].replace("+psycopg", ""), options=options) as holder:
        holder.execute(statement.encode())
        yield holder
        holder.rollback()
