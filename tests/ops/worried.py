"""A system whose rows call for people; and one that cannot say so."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from bellwork.db.sql import sql
from bellwork.systems import Concern, System

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

SINCE = datetime(2026, 6, 1, 8, tzinfo=UTC)
SYSTEM = System("worried", concerns="tests.ops.worried")


def concerns(conn: Connection) -> Iterator[Concern]:
    """Say that two books are missing, where the ledger can be read."""
    conn.execute(sql("SELECT 1"))
    yield Concern("2 books are missing", "nobody brought them back", next="`ask ann`", since=SINCE)
