"""One piece of feedback as its effect needs it, under the lock of its student, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bellwork.db.content.effects.functions import KEPT_DAYS
from bellwork.db.content.tables import FeedbackType
from bellwork.db.sql import sql

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

# The student's row is the lock: what a day may cost is counted by one after the other. Nobody else waits for it.
_LOCK = """
SELECT u.id FROM {content}.feedback f JOIN {content}.users u ON u.id = f.student_id
WHERE f.id = :id FOR NO KEY UPDATE OF u
"""
_READ = """
SELECT f.id, f.student_id, f.content_id, f.feedback_type::text AS kind, f.rating, e.outcome,
       coalesce(f.created_at, now()) AS at, f.created_at < now() - make_interval(days => :kept) IS TRUE AS is_old,
       u.is_active IS NOT FALSE AND u.deleted_at IS NULL AS is_here, g.topic_id, g.interest_id, g.style,
       (SELECT coalesce(r.metadata ->> 'clarified_query', r.original_query) FROM {content}.content_requests r
        WHERE r.student_id = f.student_id AND r.generated_content_id = f.content_id
        ORDER BY r.created_at DESC NULLS LAST, r.id LIMIT 1) AS query
FROM {content}.feedback f
JOIN {content}.users u ON u.id = f.student_id
JOIN {content}.generated_content g ON g.id = f.content_id
LEFT JOIN {content}.feedback_effects e ON e.feedback_id = f.id
WHERE f.id = :id
"""
_RECORD = """
INSERT INTO {content}.feedback_effects AS e (feedback_id, student_id, outcome, reason)
SELECT f.id, f.student_id, :outcome, :reason FROM {content}.feedback f WHERE f.id = :id
ON CONFLICT (feedback_id) DO UPDATE SET outcome = excluded.outcome, reason = excluded.reason, at = excluded.at
WHERE e.outcome = 'failed'
"""
_RATE = "SELECT {content}.add_counts(:content, 0, :completions, :ratings, :stars)"
_PROGRESS = """
SELECT {content}.settle_progress(:student, :topic, CAST(:content AS text), CAST(:at AS timestamptz),
    is_completed => :completed, more_wishes => :wishes)
"""
_FLAG = """
UPDATE {content}.generated_content SET manual_review_status = 'flagged'
WHERE id = :id AND manual_review_status IS DISTINCT FROM 'flagged' RETURNING id
"""


@dataclass(frozen=True)
class Given:
    """Feedback on content; `query` is what its student last asked that was answered by it, None where nothing was."""

    id: str
    student_id: str
    content_id: str
    kind: FeedbackType
    rating: int | None
    outcome: str | None
    at: datetime
    is_old: bool
    is_here: bool
    topic_id: str
    interest_id: str
    style: str
    query: str | None


@dataclass(frozen=True)
class Effect:
    """What became of feedback, by the outcomes of FeedbackEffect; the reason where nothing did."""

    outcome: str
    reason: str | None = None


def read_feedback(conn: Connection, feedback_id: str) -> Given | None:
    """Lock the student of a piece of feedback and read it; None where there is none.

    What is known of others of the same student is that of before, or of after, their commit.
    """
    if conn.execute(sql(_LOCK), {"id": feedback_id}).one_or_none() is None:
        return None
    row = conn.execute(sql(_READ), {"id": feedback_id, "kept": KEPT_DAYS}).mappings().one_or_none()
    return Given(**{**row, "kind": FeedbackType(row["kind"])}) if row else None


def record_effect(conn: Connection, feedback_id: str, effect: Effect) -> None:
    """Keep what became of feedback; one that has its effect keeps it, one that failed gets another."""
    conn.execute(sql(_RECORD), {"id": feedback_id, "outcome": effect.outcome, "reason": effect.reason})


def count_feedback(conn: Connection, given: Given) -> None:
    """Add the rating, and the completion that the student tells of, to the content's sums."""
    completions = int(given.kind is FeedbackType.MARK_COMPLETE)
    if given.rating is None and not completions:
        return
    counted = {"completions": completions, "ratings": int(given.rating is not None), "stars": given.rating or 0}
    conn.execute(sql(_RATE), {"content": given.content_id, **counted})


def progress_by_feedback(conn: Connection, given: Given) -> None:
    """Move the student's progress with the topic: completed, or one more wish for another lesson."""
    completed = given.kind is FeedbackType.MARK_COMPLETE
    moved = {"content": given.content_id, "at": given.at} if completed else {"content": None, "at": None}
    asked = {"student": given.student_id, "topic": given.topic_id, "completed": completed, "wishes": int(not completed)}
    conn.execute(sql(_PROGRESS), {**asked, **moved})


def progress_by_request(conn: Connection, student_id: str, topic_id: str) -> None:
    """Look whether the requests of a student make his progress with a topic another one."""
    asked = {"student": student_id, "topic": topic_id, "content": None, "at": None, "completed": False, "wishes": 0}
    conn.execute(sql(_PROGRESS), asked)


def flag_content(conn: Connection, content_id: str) -> bool:
    """Have content reviewed; False where it waits for that already."""
    return conn.execute(sql(_FLAG), {"id": content_id}).one_or_none() is not None
