"""Creates partitions before their time comes, without making writers of the table wait for readers of it.

A new partition is a table of its own that is attached, for ATTACH lets readers and writers go on where CREATE …
PARTITION OF waits for every reader, and every writer behind it. There is never a DEFAULT partition: one that holds
rows would forbid creating the partition they belong to.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from bellwork.db.failpoints import reach
from bellwork.db.partitions.catalog import is_partitioned
from bellwork.db.partitions.locks import PATIENCE, wait_at_most
from bellwork.db.partitions.owner import give_to_owner

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Row

    from bellwork.db.vocabulary import PartitionedTable

_NAMES = {"day": "YYYY_MM_DD", "month": "YYYY_MM", "year": "YYYY"}
# What a table was adopted with may end anywhere: of a slot that is covered in part, each piece that is not is missing.
# MINVALUE and MAXVALUE have no quotes, so they match nothing: the range is open on that side.
_MISSING = text(r"""
WITH slot AS (
    SELECT starts, tstzrange(starts AT TIME ZONE 'UTC', (starts + CAST(:step AS interval)) AT TIME ZONE 'UTC') AS range
    FROM (SELECT DISTINCT date_trunc(:unit, at AT TIME ZONE 'UTC') + n * CAST(:step AS interval) AS starts
          FROM unnest(coalesce(CAST(:instants AS timestamptz[]), ARRAY[now()])) AS at, generate_series(0, :ahead) AS n
    ) AS starting
), bound AS (
    SELECT pg_get_expr(relpartbound, oid) AS bounds
    FROM pg_class JOIN pg_inherits ON inhrelid = oid
    WHERE inhparent = to_regclass(:parent) AND pg_get_expr(relpartbound, oid) <> 'DEFAULT'
), taken AS (
    SELECT coalesce(range_agg(tstzrange(
        CAST((regexp_match(bounds, 'FROM \(''([^'']+)''\)'))[1] AS timestamptz),
        CAST((regexp_match(bounds, 'TO \(''([^'']+)''\)'))[1] AS timestamptz))), '{}') AS ranges
    FROM bound
), piece AS (
    SELECT CAST(:table AS text) || to_char(slot.starts, :pattern) AS name, left_over = slot.range AS is_whole,
           lower(left_over) AT TIME ZONE 'UTC' AS starts, upper(left_over) AT TIME ZONE 'UTC' AS ends
    FROM slot, taken, LATERAL unnest(tstzmultirange(slot.range) - taken.ranges) AS left_over
)
SELECT CASE WHEN is_whole AND to_regclass(format('%I.%I', CAST(:schema AS text), name)) IS NULL THEN name
            ELSE CAST(:table AS text) || to_char(starts, 'YYYY_MM_DD_HH24MI') END AS name,
       CAST(starts AS text) || '+00' AS starts, CAST(ends AS text) || '+00' AS ends
FROM piece ORDER BY piece.starts
""")


def create_ahead(conn: Connection, table: PartitionedTable, ahead: int | None = None) -> list[str]:
    """Create what is missing of the current partition and the next `ahead`, in the caller's transaction.

    Returns the names of those created now: none if all are there, if partitions of other names and sizes cover all of
    it, or if the table is not partitioned (an adopted one). Days, months and years begin at 00:00 UTC by PostgreSQL's
    clock; where what stands ends elsewhere, the first one begins there. Attaching locks the tables that foreign keys
    point to; raises OperationalError (lock_not_available) after 50 ms behind another lock: try again later.
    """
    return _create(conn, table, table.ahead if ahead is None else ahead)


def create_for(conn: Connection, table: PartitionedTable, instants: Sequence[datetime]) -> list[str]:
    """Create what is missing of the partitions that these instants fall into, long ago or far ahead, as above."""
    return _create(conn, table, 0, list(instants))


def _create(
    conn: Connection, table: PartitionedTable, ahead: int, instants: Sequence[datetime] | None = None
) -> list[str]:
    if not _missing(conn, table, ahead, instants) or not is_partitioned(conn, table):
        return []
    # Of the table itself, as ATTACH takes it: readers and writers go on, and only roles that may change it can hold it.
    conn.exec_driver_sql(f"LOCK TABLE {table.qualified} IN SHARE UPDATE EXCLUSIVE MODE")
    missing = _missing(conn, table, ahead, instants)
    _attach_all(conn, table, missing)
    return [partition.name for partition in missing]


def missing_ahead(conn: Connection, table: PartitionedTable) -> list[str]:
    """Name what create_ahead() would create now."""
    if not is_partitioned(conn, table):
        return []
    return [partition.name for partition in _missing(conn, table, table.ahead)]


def _missing(
    conn: Connection, table: PartitionedTable, ahead: int, instants: Sequence[datetime] | None = None
) -> Sequence[Row[Any]]:
    slots = {
        "parent": table.qualified,
        "table": f"{table.table}_",
        "schema": table.schema,
        "pattern": _NAMES[table.step],
        "unit": table.step,
        "step": f"1 {table.step}",
        "ahead": ahead,
        "instants": instants,
    }
    return conn.execute(_MISSING, slots).all()


def _attach_all(conn: Connection, table: PartitionedTable, missing: Sequence[Row[Any]]) -> None:
    before = conn.execute(text("SELECT current_setting('lock_timeout')")).scalar_one()
    wait_at_most(conn, PATIENCE)
    for partition in missing:
        _attach(conn, table, partition)
    wait_at_most(conn, before)


def _attach(conn: Connection, table: PartitionedTable, partition: Row[Any]) -> None:
    child = f'"{table.schema}"."{partition.name}"'
    conn.exec_driver_sql(
        f"CREATE TABLE {child} (LIKE {table.qualified}"
        " INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING GENERATED INCLUDING STORAGE)"
    )
    give_to_owner(conn, table, child)
    reach("partition_create", partition.name)
    conn.exec_driver_sql(
        f"ALTER TABLE {table.qualified} ATTACH PARTITION {child}"
        f" FOR VALUES FROM ('{partition.starts}') TO ('{partition.ends}')"
    )
    reach("partition_attach", partition.name)
