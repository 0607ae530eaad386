"""How far the partitions of a table reach: where they end, writes fail, for there is no DEFAULT partition."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import text

from bellwork.db.partitions.catalog import catalog_partitions, is_partitioned
from bellwork.db.systems import partitioned

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from bellwork.db.partitions.catalog import CatalogPartition
    from bellwork.db.vocabulary import PartitionedTable

#: Partitions ahead below which an operator is told: less than two days, or two months, are left to mend it.
FEW = 2

_HORIZON = text("""
WITH RECURSIVE reach AS (
    SELECT now() AS upto, -1 AS ahead
    UNION ALL
    SELECT s.ends, reach.ahead + 1
    FROM reach JOIN unnest(CAST(:starts AS timestamptz[]), CAST(:ends AS timestamptz[])) AS s(starts, ends)
         ON coalesce(s.starts, '-infinity') <= reach.upto AND coalesce(s.ends, 'infinity') > reach.upto
    WHERE reach.upto IS NOT NULL
)
SELECT max(ahead) FROM reach
""")

_HOLE = text("""
SELECT lower(hole) AS starts, upper(hole) AS ends, lower(hole) < (
    date_trunc(:unit, now() AT TIME ZONE 'UTC') + (:few + 1) * CAST(:step AS interval)) AT TIME ZONE 'UTC' AS is_near
FROM (SELECT coalesce(range_agg(tstzrange(starts, ends)), '{}') AS ranges
      FROM unnest(CAST(:starts AS timestamptz[]), CAST(:ends AS timestamptz[])) AS s(starts, ends)) taken,
     LATERAL unnest(tstzmultirange(tstzrange(now(), NULL)) - ranges) AS hole
ORDER BY 1 LIMIT 1
""")


@dataclass(frozen=True)
class Hole:
    """A time that no partition takes; without an end nothing stands behind it.

    `is_near`: it begins before two whole steps after the current one are over.
    """

    starts: datetime
    ends: datetime | None
    is_near: bool

    @property
    def is_short(self) -> bool:
        """Whether somebody is to be told: it is near, or it lies before what stands behind it."""
        return self.is_near or self.ends is not None


def first_hole(conn: Connection, table: PartitionedTable) -> Hole | None:
    """Return the first time from now on that no partition takes; None where one has no end."""
    ranges = [each for each in catalog_partitions(conn, table) if not each.is_pending and not each.is_default]
    bounds = {"starts": [each.starts for each in ranges], "ends": [each.ends for each in ranges]}
    asked = {"unit": table.step, "step": f"1 {table.step}", "few": FEW, **bounds}
    row = conn.execute(_HOLE, asked).one_or_none()
    return Hole(*row) if row else None


def horizon(conn: Connection, table: PartitionedTable, catalog: list[CatalogPartition] | None = None) -> int | None:
    """Return how many partitions stand without a gap after the one of now; -1 where that one is missing.

    None: the table is missing or not partitioned. A partition that has no end counts as one. `catalog`: the table's
    partitions in the catalogue, where the caller has them already.
    """
    if not catalog and not is_partitioned(conn, table):
        return None
    stands = catalog_partitions(conn, table) if catalog is None else catalog
    ranges = [each for each in stands if not each.is_pending and not each.is_default]
    asked = {"starts": [each.starts for each in ranges], "ends": [each.ends for each in ranges]}
    return int(conn.execute(_HORIZON, asked).scalar_one())


def short_of_partitions(conn: Connection) -> list[str]:
    """Name the declared tables in which a time soon has no partition, or a later one before what stands behind it."""
    holes = {table.name: first_hole(conn, table) for table in partitioned() if is_partitioned(conn, table)}
    return [name for name, hole in holes.items() if hole and hole.is_short]
