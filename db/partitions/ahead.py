"""Creates partitions before their time comes, without making writers of the table wait for readers of it.

A new partition is a table of its own that is attached, for ATTACH lets readers and writers go on where CREATE …
PARTITION OF waits for every reader, and every writer behind it. There is never a DEFAULT partition: one that holds
rows would forbid creating the partition they belong to.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from db.failpoints import reach
from db.partitions.locks import PATIENCE, wait_at_most
from db.partitions.standing import is_partitioned

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection, Row

    from db.partitions.declared import Partitioned

#: Any number would do, as long as every creator of partitions takes this one.
LOCK = int.from_bytes(b"bellpart")
_NAMES = {"day": "YYYY_MM_DD", "month": "YYYY_MM", "year": "YYYY"}
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
    name, or if the table is not partitioned (an adopted one). Days, months and years begin at 00:00 UTC by
    PostgreSQL's clock. Attaching locks the tables that foreign keys point to; raises OperationalError
    (lock_not_available) after 50 ms behind somebody's lock: try again later.
    """
    if not is_partitioned(conn, table):
        return []
    conn.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
    missing = _missing(conn, table, ahead)
    if missing:
        _attach_all(conn, table, missing)
    return [partition.name for partition in missing]


def missing_ahead(conn: Connection, table: Partitioned) -> list[str]:
    """Name what create_ahead() would create now."""
    return [partition.name for partition in _missing(conn, table, None)] if is_partitioned(conn, table) else []


def _missing(conn: Connection, table: Partitioned, ahead: int | None) -> Sequence[Row[Any]]:
    slots = {
        "parent": table.qualified,
        "table": f"{table.table}_",
        "pattern": _NAMES[table.step],
        "unit": table.step,
        "step": f"1 {table.step}",
        "ahead": table.ahead if ahead is None else ahead,
    }
    return conn.execute(_MISSING, slots).all()


def _attach_all(conn: Connection, table: Partitioned, missing: Sequence[Row[Any]]) -> None:
    before = conn.execute(text("SELECT current_setting('lock_timeout')")).scalar_one()
    wait_at_most(conn, PATIENCE)
    for partition in missing:
        _attach(conn, table, partition)
    wait_at_most(conn, before)


def _attach(conn: Connection, table: Partitioned, partition: Row[Any]) -> None:
    child = f'"{table.schema}"."{partition.name}"'
    conn.exec_driver_sql(
        f"CREATE TABLE {child} (LIKE {table.qualified}"
        " INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING GENERATED INCLUDING STORAGE)"
    )
    reach("partition_create", partition.name)
    conn.exec_driver_sql(
        f"ALTER TABLE {table.qualified} ATTACH PARTITION {child}"
        f" FOR VALUES FROM ('{partition.starts}') TO ('{partition.ends}')"
    )
    reach("partition_attach", partition.name)
