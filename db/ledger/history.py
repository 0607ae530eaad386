"""The history's partition of today, made by the process that finds it missing.

A scheduler makes two weeks of them ahead. Where none ran for so long, or PostgreSQL's clock jumped ahead, no job could
be recorded as finished.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from psycopg.errors import CheckViolation

from bellwork.db.own import HISTORY
from bellwork.db.partitions import create_ahead

if TYPE_CHECKING:
    from sqlalchemy import Connection


def lacks_partition(error: BaseException) -> bool:
    """Tell whether a statement was refused because the history has no partition for the present day."""
    cause = getattr(error, "orig", error)
    if not isinstance(cause, CheckViolation):
        return False
    # A CHECK that a row violates has a name; a row that no partition takes violates none.
    return cause.diag.table_name == HISTORY.table and cause.diag.constraint_name is None


def create_history_partitions(conn: Connection) -> list[str]:
    """Create the history's partitions of today and tomorrow (UTC) where they are missing; returns their names.

    In the caller's transaction. Raises OperationalError where a lock is not had within 50 ms.
    """
    return create_ahead(conn, HISTORY, ahead=1)
