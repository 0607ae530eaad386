"""Practice sets: an order of items for a learner, what has been given to it so far, and whether it is complete."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bellwork.db.sql import sql

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from sqlalchemy import Connection

_OPEN = """
INSERT INTO {companion}.practice_sets (student_id, request_id, subject_id, wanted, state)
SELECT u.id, :request, s.id, :wanted, 'processing' FROM {companion}.users u, {companion}.subjects s
WHERE u.id = :student AND u.role = 'student' AND s.id = :subject
ON CONFLICT (student_id, request_id) DO UPDATE SET state = 'processing', reason = NULL
WHERE practice_sets.state <> 'completed' AND practice_sets.subject_id = excluded.subject_id
"""
# The set is locked first and the rating then: a learner is given items of a subject by one transaction at a time, so no
# two sets give him the same one.
_LOCK = """
SELECT subject_id, wanted, state FROM {companion}.practice_sets
WHERE student_id = :student AND request_id = :request FOR NO KEY UPDATE
"""
_RATING = """
INSERT INTO {companion}.student_ratings AS r (student_id, subject_id) VALUES (:student, :subject)
ON CONFLICT (student_id, subject_id) DO UPDATE SET rating = coalesce(r.rating, 1000) RETURNING rating
"""
_MADE = """
SELECT count(*) FROM {companion}.practice_set_items WHERE student_id = :student AND request_id = :request
"""
# A question is the same whatever its case and its blanks; as `comparable` in tasks/providers/llm/study has it.
_SAME = "lower(regexp_replace(btrim({0}, E' \\t\\n\\r'), '\\s+', ' ', 'g'))"
_HAD = """
SELECT coalesce(a.ai_question_text, b.question_text) FROM {companion}.practice_assignments a
LEFT JOIN {companion}.practice_bank_items b ON b.id = a.bank_item_id
WHERE a.student_id = :student AND a.subject_id = :subject
  AND coalesce(a.ai_question_text, b.question_text) IS NOT NULL ORDER BY a.assigned_at, a.id
"""
_FROM_BANK = f"""
WITH had AS MATERIALIZED (
    SELECT a.bank_item_id AS id, {_SAME.format("coalesce(a.ai_question_text, b.question_text)")} AS question
    FROM {{companion}}.practice_assignments a LEFT JOIN {{companion}}.practice_bank_items b ON b.id = a.bank_item_id
    WHERE a.student_id = :student
), fitting AS (
    SELECT DISTINCT ON (question) b.id, b.difficulty_level, b.goal_tags, abs(b.difficulty_level - :difficulty) AS off
    FROM {{companion}}.practice_bank_items b CROSS JOIN LATERAL (SELECT {_SAME.format("b.question_text")} AS question) q
    WHERE b.subject_id = :subject AND b.is_active AND abs(b.difficulty_level - :difficulty) <= :farthest
      AND NOT EXISTS (SELECT FROM had WHERE had.id = b.id)
      AND NOT EXISTS (SELECT FROM had WHERE had.question = q.question)
    ORDER BY question, off, b.id
), chosen AS (
    SELECT gen_random_uuid() AS assignment_id, fitting.*,
           row_number() OVER (ORDER BY off > :nearest, md5(CAST(:student AS text) || CAST(id AS text))) AS place
    FROM fitting ORDER BY place LIMIT :missing
), given AS (
    INSERT INTO {{companion}}.practice_assignments
        (id, student_id, source, bank_item_id, subject_id, difficulty_level, goal_tags, student_rating_before)
    SELECT assignment_id, :student, 'bank', id, :subject, difficulty_level, goal_tags, :rating FROM chosen
)
INSERT INTO {{companion}}.practice_set_items (assignment_id, student_id, request_id, place)
SELECT assignment_id, :student, :request, :made + place FROM chosen RETURNING place
"""  # noqa: S608 - fragments of ours, values are bound
_MADE_ITEMS = f"""
WITH had AS MATERIALIZED (
    SELECT {_SAME.format("coalesce(a.ai_question_text, b.question_text)")} AS question
    FROM {{companion}}.practice_assignments a LEFT JOIN {{companion}}.practice_bank_items b ON b.id = a.bank_item_id
    WHERE a.student_id = :student
), chosen AS (
    SELECT gen_random_uuid() AS assignment_id, question, answer, explanation,
           row_number() OVER (ORDER BY number) AS place
    FROM unnest(CAST(:questions AS text[]), CAST(:answers AS text[]), CAST(:explanations AS text[]))
        WITH ORDINALITY AS made(question, answer, explanation, number)
    WHERE NOT EXISTS (SELECT FROM had WHERE had.question = {_SAME.format("made.question")})
    ORDER BY number LIMIT :missing
), given AS (
    INSERT INTO {{companion}}.practice_assignments
        (id, student_id, source, ai_question_text, ai_answer_text, ai_explanation, flagged, subject_id,
         difficulty_level, student_rating_before)
    SELECT assignment_id, :student, 'ai_generated', question, answer, nullif(explanation, ''), true, :subject,
           :difficulty, :rating FROM chosen
)
INSERT INTO {{companion}}.practice_set_items (assignment_id, student_id, request_id, place)
SELECT assignment_id, :student, :request, :made + place FROM chosen RETURNING place
"""  # noqa: S608 - as above
_SUBJECT = "SELECT name, description FROM {companion}.subjects WHERE id = :subject"
_END = """
UPDATE {companion}.practice_sets SET state = CAST(:state AS text), reason = :reason,
    completed_at = CASE WHEN CAST(:state AS text) = 'completed' THEN now() END
WHERE student_id = :student AND request_id = :request AND subject_id = :subject AND state <> 'completed'
"""


@dataclass(frozen=True)
class PracticeSet:
    """A set that this transaction holds: what is wanted, what there is, and the learner's rating in its subject."""

    student_id: UUID
    request_id: str
    subject_id: UUID
    wanted: int
    made: int
    rating: int
    completed: bool

    @property
    def missing(self) -> int:
        """How many items are still to be given."""
        return self.wanted - self.made

    @property
    def asked(self) -> dict[str, object]:
        """The set, as the statements here want it."""
        return {
            "student": self.student_id,
            "request": self.request_id,
            "subject": self.subject_id,
            "made": self.made,
            "missing": self.missing,
            "rating": self.rating,
        }


def open_set(conn: Connection, student_id: UUID, subject_id: UUID, request_id: str, wanted: int) -> PracticeSet | None:
    """Begin a set, or go on with one, and hold it; None where there is no such student or subject.

    A set that was begun before keeps its subject and its size, whatever is asked now.
    """
    conn.execute(sql(_OPEN), {"student": student_id, "subject": subject_id, "request": request_id, "wanted": wanted})
    return hold_set(conn, student_id, request_id)


def hold_set(conn: Connection, student_id: UUID, request_id: str) -> PracticeSet | None:
    """Lock a set and the rating that its items begin from; None where there is none (any more)."""
    key = {"student": student_id, "request": request_id}
    found = conn.execute(sql(_LOCK), key).one_or_none()
    if found is None:
        return None
    rating = conn.execute(sql(_RATING), {"student": student_id, "subject": found.subject_id}).scalar_one()
    made = conn.execute(sql(_MADE), key).scalar_one()
    completed = found.state == "completed"
    return PracticeSet(student_id, request_id, found.subject_id, found.wanted, made, rating, completed)


def give_from_bank(conn: Connection, held: PracticeSet, difficulty: int, nearest: int, farthest: int) -> int:
    """Give a held set what the bank has that its learner never had; returns how many items that were.

    Those within `nearest` of the difficulty come first, then those within `farthest`.
    """
    asked = {**held.asked, "difficulty": difficulty, "nearest": nearest, "farthest": farthest}
    return len(conn.execute(sql(_FROM_BANK), asked).all())


def give_made(conn: Connection, held: PracticeSet, difficulty: int, items: Sequence[tuple[str, str, str]]) -> int:
    """Give a held set items (question, answer, explanation) that were made for it, flagged for a tutor's review.

    One that its learner had before is left out. Returns how many were given.
    """
    questions, answers, explanations = ([item[part] for item in items] for part in range(3))
    asked = {
        **held.asked,
        "difficulty": difficulty,
        "questions": questions,
        "answers": answers,
        "explanations": explanations,
    }
    return len(conn.execute(sql(_MADE_ITEMS), asked).all())


def read_subject(conn: Connection, subject_id: UUID) -> tuple[str, str]:
    """Return a subject's name and description."""
    row = conn.execute(sql(_SUBJECT), {"subject": subject_id}).one()
    return row.name, row.description or ""


def questions_had(conn: Connection, student_id: UUID, subject_id: UUID) -> list[str]:
    """List the questions of a subject that a student was ever given, the oldest first."""
    return list(conn.execute(sql(_HAD), {"student": student_id, "subject": subject_id}).scalars())


def end_set(  # noqa: PLR0913 - the set's three names, and what to say of it
    conn: Connection, student_id: UUID, subject_id: UUID, request_id: str, *, state: str, reason: str | None
) -> None:
    """Say that a set is `completed`, for good, or `failed`, and why it has fewer items than were wanted."""
    key = {"student": student_id, "subject": subject_id, "request": request_id}
    conn.execute(sql(_END), {**key, "state": state, "reason": reason})
