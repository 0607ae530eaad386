"""Creates the months that ticks of long ago, or of next year, fall into: those ahead of now are made in time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

_BARE = text(r"""
SELECT to_char(month, 'YYYY_MM') AS name, CAST(month AS text) || '+00' AS starts,
       CAST(month + interval '1 month' AS text) || '+00' AS ends
FROM (SELECT DISTINCT date_trunc('month', tick AT TIME ZONE 'UTC') AS month
      FROM unnest(CAST(:ticks AS timestamptz[])) AS tick) wanted
WHERE NOT EXISTS (
    SELECT FROM pg_inherits JOIN pg_class c ON c.oid = inhrelid
    WHERE inhparent = 'bellwork.ticks'::regclass AND tstzrange(
        CAST((regexp_match(pg_get_expr(relpartbound, c.oid), 'FROM \(''([^'']+)''\)'))[1] AS timestamptz),
        CAST((regexp_match(pg_get_expr(relpartbound, c.oid), 'TO \(''([^'']+)''\)'))[1] AS timestamptz))
        @> (month AT TIME ZONE 'UTC'))
""")


def make_room(conn: Connection, ticks: Sequence[datetime]) -> None:
    """Create the months that are missing for these ticks, in the caller's transaction; there are none, as a rule."""
    if not conn.execute(_BARE, {"ticks": ticks}).all():
        return
    conn.exec_driver_sql("LOCK TABLE bellwork.ticks IN SHARE UPDATE EXCLUSIVE MODE")
    for month in conn.execute(_BARE, {"ticks": ticks}).all():
        conn.exec_driver_sql(
            f"CREATE TABLE bellwork.ticks_{month.name} PARTITION OF bellwork.ticks"
            f" FOR VALUES FROM ('{month.starts}') TO ('{month.ends}')"
        )
