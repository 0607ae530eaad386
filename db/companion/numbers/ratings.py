"""An answer and the rating it moves: both rows are locked, then both are written, whatever else happens to them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bellwork.db.sql import sql

if TYPE_CHECKING:
    from decimal import Decimal
    from uuid import UUID

    from sqlalchemy import Connection

# The item is locked first and the rating then, by everybody: of two answers at once the second waits for the first, and
# goes on from its rating. Old rows may have been marked as completed by another hand, without a rating.
_OPEN = """
WITH asked AS (
    SELECT a.id, a.student_id, a.subject_id, coalesce(a.difficulty_level, b.difficulty_level) AS difficulty, a.goal_tags
    FROM {companion}.practice_assignments a LEFT JOIN {companion}.practice_bank_items b ON b.id = a.bank_item_id
    WHERE a.id = :id
      AND (a.completed IS NOT TRUE OR a.subject_id IS NOT NULL AND a.student_rating_after IS NULL)
    FOR NO KEY UPDATE OF a
), rated AS (
    INSERT INTO {companion}.student_ratings AS r (student_id, subject_id)
    SELECT student_id, subject_id FROM asked WHERE subject_id IS NOT NULL
    ON CONFLICT (student_id, subject_id) DO UPDATE SET rating = coalesce(r.rating, 1000) RETURNING rating
)
SELECT EXISTS (SELECT FROM {companion}.practice_assignments WHERE id = :id) AS there,
       asked.id, asked.student_id, asked.subject_id, asked.difficulty, asked.goal_tags, rated.rating
FROM (SELECT) AS one LEFT JOIN asked ON true LEFT JOIN rated ON true
"""
# The goals of the subject, for its rating is theirs, too, and those that the item is tagged with. Of two last items of
# a set, which have one subject, the second sees that the first is done.
_ANSWER = """
WITH answered AS (
    UPDATE {companion}.practice_assignments SET
        completed = true, completed_at = coalesce(completed_at, now()), performance_score = :performance,
        student_rating_before = coalesce(CAST(:before AS int), student_rating_before), student_rating_after = :after
    WHERE id = :id RETURNING student_id, subject_id, goal_tags
), moved AS (
    UPDATE {companion}.student_ratings r SET rating = :after, last_updated = now() FROM answered
    WHERE r.student_id = answered.student_id AND r.subject_id = answered.subject_id
)
SELECT ARRAY(
    SELECT g.id FROM {companion}.goals g
    WHERE g.student_id = answered.student_id AND g.status = 'active'
      AND (g.subject_id = answered.subject_id OR CAST(g.id AS text) = ANY(answered.goal_tags)) ORDER BY g.id
) AS goals, (
    SELECT s.request_id FROM {companion}.practice_set_items i
    JOIN {companion}.practice_sets s ON s.student_id = i.student_id AND s.request_id = i.request_id
    WHERE i.assignment_id = :id AND s.state = 'completed' AND NOT EXISTS (
        SELECT FROM {companion}.practice_set_items other
        JOIN {companion}.practice_assignments a ON a.id = other.assignment_id AND a.completed IS NOT TRUE
        WHERE other.student_id = s.student_id AND other.request_id = s.request_id AND other.assignment_id <> :id)
) AS finished
FROM answered
"""


class NoAssignmentError(LookupError):
    """There is no practice assignment of this id."""


@dataclass(frozen=True)
class OpenItem:
    """An assigned item that waits for its effect; one without a subject has no rating to move."""

    id: UUID
    student_id: UUID
    difficulty: int | None
    rating: int | None


@dataclass(frozen=True)
class Answered:
    """What hangs on an answer: active goals that it is for, and the request of the practice set that it finishes."""

    goals: list[UUID]
    finished: str | None


def open_item(conn: Connection, assignment_id: UUID) -> OpenItem | None:
    """Lock an item and the rating it may move (one of 1000 is made where there is none); None if it had its effect.

    Raises NoAssignmentError.
    """
    row = conn.execute(sql(_OPEN), {"id": assignment_id}).one()
    if not row.there:
        raise NoAssignmentError(f"there is no practice assignment {assignment_id}")
    return OpenItem(row.id, row.student_id, row.difficulty, row.rating) if row.id else None


def record_answer(
    conn: Connection, item: OpenItem, performance: Decimal, before: int | None, after: int | None
) -> Answered:
    """Write the effect of an answer to an item that `open_item` has locked."""
    asked = {"id": item.id, "performance": performance, "before": before, "after": after}
    return Answered(*conn.execute(sql(_ANSWER), asked).one())
