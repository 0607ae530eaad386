"""Creates partitions before their time comes, without making writers of the table wait for readers of it.

A new partition is a table of its own that is attached, for ATTACH lets readers and writers go on where CREATE …
PARTITION OF waits for every reader, and every writer behind it. There is never a DEFAULT partition: one that holds
rows would forbid creating the partition they belong to.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection, Row

    from db.partitions.declared import Partitioned

#: Any number would do, as long as every creator of partitions takes this one.
LOCK = int.from_bytes(b"bellpart")
#: Attaching locks the tables that foreign keys point to; whoever writes there waits behind us no longer than this.
PATIENCE = "100ms"

_IS_PARTITIONED = text("SELECT relkind = 'p' FROM pg_class WHERE oid = to_regclass(:parent)")
_NAMES = {"day": "YYYY_MM_DD", "month": "YYYY_MM"}
_MISSING = text(r"""
WITH period AS (
    SELECT CAST(:table AS text) || to_char(starts, :pattern) AS name,
           CAST(starts AS text) || '+00' AS starts, CAST(starts + CAST(:step AS interval) AS text) || '+00' AS ends
    FROM generate_series(0, :ahead) AS n,
         LATERAL (SELECT date_trunc(:unit, now() AT TIME ZONE 'UTC') + n * CAST(:step AS interval) AS starts) slot
), bound AS (
    SELECT pg_get_expr(relpartbound, oid) AS bounds
    FROM pg_class JOIN pg_inherits ON inhrelid = oid
    WHERE inhparent = to_regclass(:parent) AND pg_get_expr(relpartbound, oid) <> 'DEFAULT'
), taken AS (
    SELECT tstzrange(
        CAST((regexp_match(bounds, 'FROM \(''([^'']+)''\)'))[1] AS timestamptz),
        CAST((regexp_match(bounds, 'TO \(''([^'']+)''\)'))[1] AS timestamptz)) AS range
    FROM bound
)
SELECT name, starts, ends FROM period
WHERE NOT EXISTS (
    SELECT FROM taken WHERE range && tstzrange(CAST(starts AS timestamptz), CAST(ends AS timestamptz)))
ORDER BY starts
""")


def create_ahead(conn: Connection, table: Partitioned, ahead: int | None = None) -> list[str]:
    """Create what is missing of the current partition and the next `ahead`, in the caller's transaction.

    Returns the names of those created now: none if all are there, if a range is covered by a partition of another
    name, or if the table is not partitioned (an adopted one). Days and months begin at 00:00 UTC by PostgreSQL's
    clock. Raises OperationalError (lock_not_available) after 100 ms behind somebody's lock: try again later.
    """
    parent = {"parent": table.qualified}
    if not conn.execute(_IS_PARTITIONED, parent).scalar():
        return []
    conn.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
    slots = {
        "table": f"{table.table}_",
        "pattern": _NAMES[table.step],
        "unit": table.step,
        "step": f"1 {table.step}",
        "ahead": table.ahead if ahead is None else ahead,
    }
    missing = conn.execute(_MISSING, parent | slots).all()
    if missing:
        _attach_all(conn, table, missing)
    return [partition.name for partition in missing]


def _attach_all(conn: Connection, table: Partitioned, missing: Sequence[Row[Any]]) -> None:
    before = conn.execute(text("SELECT current_setting('lock_timeout')")).scalar_one()
    _wait_at_most(conn, PATIENCE)
    for partition in missing:
        _attach(conn, table, partition)
    _wait_at_most(conn, before)


def _attach(conn: Connection, table: Partitioned, partition: Row[Any]) -> None:
    child = f'"{table.schema}"."{partition.name}"'
    conn.exec_driver_sql(
        f"CREATE TABLE {child} (LIKE {table.qualified}"
        " INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING GENERATED INCLUDING STORAGE)"
    )
    conn.exec_driver_sql(
        f"ALTER TABLE {table.qualified} ATTACH PARTITION {child}"
        f" FOR VALUES FROM ('{partition.starts}') TO ('{partition.ends}')"
    )


def _wait_at_most(conn: Connection, limit: str) -> None:
    conn.execute(text("SELECT set_config('lock_timeout', :limit, true)"), {"limit": limit})
