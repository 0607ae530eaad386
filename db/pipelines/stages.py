"""How many rows wait in each stage, and since when the oldest does: by the index alone, and counted to a limit."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from bellwork.db.engine import psycopg_of
from bellwork.db.pipelines.fit import statements_of

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from bellwork.db.pipelines.statements import Statements
    from bellwork.db.vocabulary import Pipeline, Stage

#: More rows of a status than these are not counted.
MOST = 10_000


class Standing(NamedTuple):
    """A status: how many rows wait in it (more than MOST are not counted), the oldest's last change, who takes them.

    Where some of a status wait for its job and others do not, they are told apart among the newest MOST alone: those
    that never go on may be any number.
    """

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
        statement = _all(made, stages[0]) if any(stage.where == "true" for stage in stages) else _some(made, stages)
        rows, oldest = psycopg_of(conn).execute(statement, {}).fetchone() or (0, None)
        found.append(Standing(status, rows, oldest, tuple(stage.actor for stage in stages)))
    return found


def _all(made: Statements, stage: Stage) -> bytes:
    """In order of their last change: so no other index is chosen, and no row is read."""
    since = f'r."{made.pipeline.since}"'
    return f"""
SELECT count(*), min(since) FROM (
    SELECT {since} AS since FROM {made.table} r WHERE {made.stands(stage)} ORDER BY {since} LIMIT {MOST + 1}) r
""".encode()  # noqa: S608 - plain names and quoted texts


def _some(made: Statements, stages: list[Stage]) -> bytes:
    since = f'r."{made.pipeline.since}"'
    waits = " OR ".join(f"({made.waits(stage)})" for stage in stages)
    return f"""
SELECT count(*), min({since}) FROM (
    SELECT * FROM {made.table} r WHERE {made.stands(stages[0])} ORDER BY {since} DESC LIMIT {MOST + 1}) r
WHERE {waits}
""".encode()  # noqa: S608 - as above
