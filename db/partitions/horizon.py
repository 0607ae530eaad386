"""How far the partitions of a table reach: where they end, writes fail, for there is no DEFAULT partition."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import text

from db.partitions.declared import DECLARED
from db.partitions.standing import is_partitioned, standing

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from db.partitions.declared import Partitioned

#: Partitions ahead below which somebody should look: less than two days, or two months, are left to mend it.
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


def horizon(conn: Connection, table: Partitioned) -> int | None:
    """Return how many partitions stand without a gap after the one of now; -1 where that one is missing.

    None: the table is missing or not partitioned. A partition that has no end counts as one.
    """
    if not is_partitioned(conn, table):
        return None
    ranges = [each for each in standing(conn, table) if not each.is_pending and not each.is_default]
    asked = {"starts": [each.starts for each in ranges], "ends": [each.ends for each in ranges]}
    return int(conn.execute(_HORIZON, asked).scalar_one())


def short_of_partitions(conn: Connection) -> list[str]:
    """Name the declared tables that have fewer than two partitions ahead."""
    reach = {table.name: horizon(conn, table) for table in DECLARED}
    return [name for name, ahead in reach.items() if ahead is not None and ahead < FEW]
