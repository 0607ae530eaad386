"""A system whose statement about its rows fails."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellwork.db.sql import sql
from bellwork.systems import Concern, System

if TYPE_CHECKING:
    from sqlalchemy import Connection

SYSTEM = System("speechless", concerns="tests.ops.speechless")


def concerns(conn: Connection) -> list[Concern]:
    """Ask for a table that nobody has."""
    conn.execute(sql("SELECT FROM bellwork.nothing"))
    return []
