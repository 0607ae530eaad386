"""How many rows stand in each stage, and since when the oldest does: by the index alone, and counted to a limit."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from bellwork.db.engine import psycopg_of
from bellwork.db.pipelines.fit import statements_of

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from bellwork.db.vocabulary import Pipeline

#: More rows of a status than these are not counted.
MOST = 10_000


class Standing(NamedTuple):
    """A status: how many rows wait in it (more than MOST are not counted), the oldest's last change, who takes them."""

    status: str
    rows: int
    oldest: datetime | None
    actors: tuple[str, ...]


def standing(conn: Connection, pipeline: Pipeline) -> list[Standing]:
    """Return each status that waits for a job, in the order of the stages; no row that is over is looked at."""
    made = statements_of(conn, pipeline)
    found = []
    for status in dict.fromkeys(stage.status for stage in pipeline.stages):
        stages = [stage for stage in pipeline.stages if stage.status == status]
        waits = " OR ".join(f"({made.waits(stage)})" for stage in stages) if len(stages) > 1 else made.waits(stages[0])
        since, rows = f'r."{pipeline.since}"', f"FROM {made.table} r WHERE {waits}"
        asked = f"""
SELECT (SELECT count(*) FROM (SELECT {rows} LIMIT {MOST + 1}) counted),
       (SELECT {since} {rows} AND {since} IS NOT NULL ORDER BY {since} LIMIT 1)"""  # noqa: S608 - plain names and quoted texts
        count, oldest = psycopg_of(conn).execute(asked.encode(), {}).fetchone() or (0, None)
        found.append(Standing(status, count, oldest, tuple(stage.actor for stage in stages)))
    return found
