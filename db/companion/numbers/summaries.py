"""Summaries of sessions: one for each, kept for ever; one that was written without the model makes way for a better."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from bellwork.db.sql import sql

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy import Connection

_READ = """
SELECT s.student_id, s.duration_minutes, s.transcript_text, s.transcript_storage_url,
       s.transcript_available IS NOT FALSE, s.topics_covered, s.notes, subject.name, s.session_date <= now(),
       m.id IS NOT NULL, m.id IS NOT NULL AND m.overridden IS NOT TRUE
           AND (f.summary_id IS NOT NULL OR m.summary_type = 'missing_transcript'),
       ARRAY(SELECT other.name FROM {companion}.subjects other
             WHERE EXISTS (SELECT FROM unnest(s.topics_covered) topic WHERE lower(topic) = lower(other.name))
             ORDER BY other.name),
       ARRAY(SELECT g.id FROM {companion}.goals g
             WHERE g.student_id = s.student_id AND g.subject_id = s.subject_id AND g.status = 'active' ORDER BY g.id)
FROM {companion}.sessions s
LEFT JOIN {companion}.subjects subject ON subject.id = s.subject_id
LEFT JOIN {companion}.summaries m ON m.session_id = s.id
LEFT JOIN {companion}.fallback_summaries f ON f.summary_id = m.id
WHERE s.id = :id
"""
# What a tutor wrote stays, also where he wrote it a moment ago: the row is looked at again under its lock.
_WRITE = """
WITH written AS (
    INSERT INTO {companion}.summaries AS m
        (session_id, student_id, tutor_id, narrative, next_steps, subjects_covered, summary_type)
    SELECT s.id, s.student_id, s.tutor_id, :narrative, CAST(:steps AS text[]), CAST(:subjects AS text[]), :kind
    FROM {companion}.sessions s WHERE s.id = :id
    ON CONFLICT (session_id) DO UPDATE SET narrative = excluded.narrative, next_steps = excluded.next_steps,
        subjects_covered = excluded.subjects_covered, summary_type = excluded.summary_type
    WHERE m.overridden IS NOT TRUE AND CAST(:fallback AS text) IS NULL
      AND (m.summary_type = 'missing_transcript' AND excluded.summary_type <> 'missing_transcript'
           OR EXISTS (SELECT FROM {companion}.fallback_summaries f WHERE f.summary_id = m.id))
    RETURNING m.id
), marked AS (
    INSERT INTO {companion}.fallback_summaries (summary_id, reason)
    SELECT id, CAST(:fallback AS text) FROM written WHERE CAST(:fallback AS text) IS NOT NULL
), unmarked AS (
    DELETE FROM {companion}.fallback_summaries f USING written
    WHERE f.summary_id = written.id AND CAST(:fallback AS text) IS NULL
), tried AS (
    UPDATE {companion}.fallback_summaries f SET tried_at = now(), reason = :fallback FROM {companion}.summaries m
    WHERE m.session_id = :id AND f.summary_id = m.id AND CAST(:fallback AS text) IS NOT NULL
)
SELECT id FROM written
"""
# Sessions that ended within the last day and that nobody told of, or whose job was lost; and what waits for the model,
# the more rarely the longer it has been away.
_WANTED = """
SELECT id FROM (
    SELECT s.id, s.session_date AS since FROM {companion}.sessions s
    WHERE s.session_date > now() - interval '1 day'
      AND s.session_date + make_interval(mins => coalesce(s.duration_minutes, 60)) < now() - interval '10 minutes'
      AND NOT EXISTS (SELECT FROM {companion}.summaries m WHERE m.session_id = s.id)
    UNION ALL
    SELECT m.session_id, f.since FROM {companion}.fallback_summaries f
    JOIN {companion}.summaries m ON m.id = f.summary_id
    WHERE m.overridden IS NOT TRUE
      AND now() - f.tried_at > least(greatest(interval '10 minutes', (f.tried_at - f.since) / 4), interval '6 hours')
) AS wanted ORDER BY since LIMIT :most
"""


@dataclass(frozen=True)
class Session:
    """A session, as its summary needs it; its topics name `subjects`, `goals` are its learner's active ones."""

    student_id: UUID
    minutes: int | None
    transcript: str | None
    transcript_url: str | None
    transcript_available: bool
    topics: list[str] | None
    notes: str | None
    subject: str | None
    begun: bool
    summarised: bool
    replaceable: bool
    subjects: list[str]
    goals: list[UUID]


class Summary(NamedTuple):
    """What is to be kept of a session; `fallback` is why the model did not write it, None where it did."""

    kind: str
    narrative: str
    next_steps: list[str]
    subjects: list[str]
    fallback: str | None = None


def read_session(conn: Connection, session_id: UUID) -> Session | None:
    """Read a session and what is kept of it; None where there is none."""
    row = conn.execute(sql(_READ), {"id": session_id}).one_or_none()
    return Session(*row) if row else None


def write_summary(conn: Connection, session_id: UUID, summary: Summary) -> bool:
    """Keep a session's summary unless one is there; the model's own takes the place of one that it did not write.

    So does one with a transcript of one without. Returns whether it was kept.
    """
    asked = {
        "id": session_id,
        "kind": summary.kind,
        "narrative": summary.narrative,
        "steps": summary.next_steps,
        "subjects": summary.subjects,
        "fallback": summary.fallback,
    }
    return conn.execute(sql(_WRITE), asked).one_or_none() is not None


def sessions_without(conn: Connection, most: int = 500) -> list[UUID]:
    """List sessions that have no summary, or one that waits to be replaced, those that wait longest first."""
    return list(conn.execute(sql(_WANTED), {"most": most}).scalars())
