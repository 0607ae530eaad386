"""How far each table's partitions reach in days, and how its archive stands: what was read back last, what waits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from bellwork.db.partitions.catalog import is_partitioned
from bellwork.db.partitions.horizon import first_hole
from bellwork.db.partitions.states import PartitionState
from bellwork.db.partitions.sync_registry import expected
from bellwork.db.systems import partitioned

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from bellwork.db.partitions.horizon import Hole
    from bellwork.db.partitions.registry import Partition
    from bellwork.db.vocabulary import PartitionedTable

_NOW = text("SELECT now()")
_DAY = 86_400.0


def standing(conn: Connection) -> tuple[list[str], dict[str, dict[str, Any]]]:
    """Return the tables in which a time soon has no partition (`short_of_partitions`), and how each table stands.

    That is `horizon_days`, None where the partitions have no end, and of a table that is archived: `verified_at` and
    `tested_at`, when an archive was last read back and put back for a trial, in seconds since 1970 or None; `waiting`,
    how many partitions are to leave and have no archive that was read back, and `waiting_since`, since when one is.
    """
    now: datetime = conn.execute(_NOW).scalar_one()
    short, found = [], {}
    for table in partitioned():
        if not is_partitioned(conn, table):
            continue
        hole = first_hole(conn, table)
        if hole and hole.is_short:
            short.append(table.name)
        found[table.name] = _horizon(now, hole) | (_archive(conn, table) if table.then == "archive" else {})
    return short, found


def _horizon(now: datetime, hole: Hole | None) -> dict[str, Any]:
    return {"horizon_days": (hole.starts - now).total_seconds() / _DAY if hole else None}


def _archive(conn: Connection, table: PartitionedTable) -> dict[str, Any]:
    rows = expected(conn, table)
    waiting = [row for row in rows if row.is_leaving and row.state != PartitionState.VERIFIED]
    since = [row.due_at.timestamp() for row in waiting if row.due_at]
    return {
        "verified_at": _last(rows, "verified_at"),
        "tested_at": _last(rows, "drilled_at"),
        "waiting": len(waiting),
        "waiting_since": min(since, default=None),
    }


def _last(rows: Sequence[Partition], column: str) -> float | None:
    return max((at.timestamp() for row in rows if (at := getattr(row, column))), default=None)
