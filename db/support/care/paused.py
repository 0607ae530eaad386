"""Whether an entry of the calendar is paused: then what it does by the clock is done after an event neither."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellwork.db.sql import sql

if TYPE_CHECKING:
    from sqlalchemy import Connection

_PAUSED = "SELECT EXISTS (SELECT FROM bellwork.entries WHERE key = :key AND paused_at IS NOT NULL)"


def is_paused(conn: Connection, key: str) -> bool:
    """Tell whether somebody paused this entry, or it begins paused where the tables were there before."""
    return bool(conn.execute(sql(_PAUSED), {"key": key}).scalar_one())
