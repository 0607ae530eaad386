"""Rows that wait for a job and have none, batch by batch, the ones that stand still for longest first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from bellwork.db.engine import psycopg_of
from bellwork.db.pipelines.disagreement import ENDED_JOB, NO_JOB, Disagreement, named

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from bellwork.db.pipelines.statements import Look, Statements
    from bellwork.db.vocabulary import Stage


class Place(NamedTuple):
    """The row that a batch ended with: when it was changed last, and its primary key, as text."""

    since: str | None
    by: list[str]


class Batch(NamedTuple):
    """How many were looked at, what is wrong, and where the next batch begins; None after the last one."""

    looked: int
    wrong: list[Disagreement]
    next: Any


def look_at_rows(
    conn: Connection, look: Look, stage: Stage, after: Place | None = None, *, of_nulls: bool = False
) -> Batch:
    """Look at the next rows of a stage that did not change lately; at those without a time of change by themselves."""
    asked: dict[str, Any] = {"until": look.until, "most": look.most}
    if after is not None:
        asked |= {"since": after.since, **{f"by{number}": value for number, value in enumerate(after.by)}}
    driver = psycopg_of(conn)
    statement = look.made.rows(stage, of_nulls=of_nulls, first=after is None)
    looked, last, lone = driver.execute(statement, asked).fetchone() or (0, None, None)
    place = Place(*last) if last and looked == look.most else None
    return Batch(looked, _named(conn, look.made, stage, lone or []), place)


def _named(conn: Connection, made: Statements, stage: Stage, lone: list[dict[str, Any]]) -> list[Disagreement]:
    if not lone:
        return []
    ended = _ended(conn, made, stage, lone)
    found = []
    for place, row in enumerate(lone):
        complete = row["key"] is not None and None not in row["args"].values()
        job, state, reason = ended.get(place, (None, None, None))
        found.append(
            Disagreement(
                made.pipeline.name,
                NO_JOB if job is None else ENDED_JOB,
                named(row["by"]),
                stage.actor,
                status=stage.status,
                since=row["since"],
                job=job,
                reason=f"{state}: {reason}" if reason else state,
                key=row["key"] if complete else None,
                args=row["args"] if complete else None,
            )
        )
    return found


def _ended(
    conn: Connection, made: Statements, stage: Stage, lone: list[dict[str, Any]]
) -> dict[int, tuple[int, str, str | None]]:
    """Return which rows had a job that is dead or cancelled since their last change, by their place."""
    asked: dict[str, Any] = {"places": list(range(len(lone))), "since": [row["since"] for row in lone]}
    for number, argument in enumerate(stage.args):
        values = [row["args"][argument] for row in lone]
        asked[f"a{number}"] = [None if value is None else str(value) for value in values]
    rows = psycopg_of(conn).execute(made.ended(stage), asked).fetchall()
    return {place: (id_, str(state), reason) for place, id_, state, reason in rows}
