"""Transactions that take no longer than they are given, for pages: those that only look can change nothing."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from bellwork.db.engine import transaction

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection


@contextmanager
def hurried(seconds: float) -> Iterator[Connection]:
    """Open a transaction, each statement of which is cancelled after so many seconds."""
    with transaction() as conn:
        conn.exec_driver_sql(f"SET LOCAL statement_timeout = {round(seconds * 1000)}")
        yield conn


@contextmanager
def reading(seconds: float) -> Iterator[Connection]:
    """Open a read-only transaction, each statement of which is cancelled after so many seconds."""
    with transaction() as conn:
        conn.exec_driver_sql(f"SET TRANSACTION READ ONLY; SET LOCAL statement_timeout = {round(seconds * 1000)}")
        yield conn
