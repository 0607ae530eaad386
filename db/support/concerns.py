"""What calls for people: students who wait for a trainer whom nobody has, escalations without an owner, and so on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellwork.db.sql import sql
from bellwork.db.support.care.precision import DAYS, precisions
from bellwork.db.support.care.rows import PENDING
from bellwork.db.support.source.marks import list_away
from bellwork.db.vocabulary import Concern

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

# A sweep of five minutes may be about to assign what is younger.
_UNASSIGNED = f"""
WITH waiting AS (
    SELECT i.course_id, count(*) AS rows, min(i.created_at) AS since FROM {{support}}.student_interventions i
    WHERE {PENDING} AND i.assigned_trainer_id IS NULL AND i.created_at < now() - interval '15 minutes'
    GROUP BY i.course_id
), told AS (
    SELECT w.*, count(t.id) AS trainers, count(t.id) FILTER (WHERE t.away_until > now()) AS away
    FROM waiting w LEFT JOIN {{support}}.trainers t ON w.course_id = ANY(t.courses)
    GROUP BY w.course_id, w.rows, w.since
)
SELECT CAST(coalesce(sum(rows), 0) AS integer) AS rows, count(*) AS courses, min(since) AS since,
       count(*) FILTER (WHERE trainers = 0) AS without,
       count(*) FILTER (WHERE trainers > 0 AND away = trainers) AS away,
       count(*) FILTER (WHERE trainers > away) AS "full"
FROM told
"""  # noqa: S608 - ours
_OWNERLESS = """
SELECT count(*), min(escalated_at) FROM {support}.student_interventions
WHERE deleted_at IS NULL AND status = 'escalated' AND escalated_to IS NULL
"""


def concerns(conn: Connection) -> Iterator[Concern]:
    """Return what calls for people now, in words that name nobody."""
    yield from _unassigned(conn)
    yield from _ownerless(conn)
    for away in list_away(conn):
        yield Concern(
            f"Support cannot take in {away.name}",
            away.error,
            "what changes there is seen when it is back",
            "mend the source, or leave SUPPORT_SOURCE unset",
            away.since,
        )
    for each in precisions(conn):
        if each.cries_wolf and each.share is not None:
            yield Concern(
                f"The rule {each.reason} is wrong too often",
                f"of {each.decided:,} that it found in {DAYS} days and somebody ended, {each.false_positives:,} were"
                f" false ({each.share:.0%} right)",
                "trainers stop believing it",
                f"`bellwork explain rule {each.reason}` shows its counts",
            )


def _unassigned(conn: Connection) -> Iterator[Concern]:
    found = conn.execute(sql(_UNASSIGNED)).one()
    if not found.rows:
        return
    causes = {"without any trainer": found.without, "with every trainer away": found.away, "with no room": found.full}
    said = ", ".join(f"{count:,} {why}" for why, count in causes.items() if count)
    yield Concern(
        f"{found.rows:,} {'student waits' if found.rows == 1 else 'students wait'} for a trainer",
        f"{found.courses:,} {'course' if found.courses == 1 else 'courses'}: {said}",
        "nobody acts on them; a row goes to the course's owner in time",
        "give trainers of the table support.trainers these courses, or room",
        found.since,
    )


def _ownerless(conn: Connection) -> Iterator[Concern]:
    count, since = conn.execute(sql(_OWNERLESS)).one()
    if count:
        yield Concern(
            f"{count:,} {'escalation has' if count == 1 else 'escalations have'} nobody to go to",
            "their courses have no owner",
            "nobody is told of them",
            "set owner_id in support.courses: the next sweep tells the owner",
            since,
        )
