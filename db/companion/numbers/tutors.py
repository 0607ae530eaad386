"""Whom a learner may turn to: the tutor who is assigned to him for a subject, and what that one is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bellwork.db.sql import sql

if TYPE_CHECKING:
    from decimal import Decimal
    from uuid import UUID

    from sqlalchemy import Connection

# An assignment for the subject goes before one for whatever comes, the older one before the younger.
_TUTOR = """
    SELECT t.tutor_id, of_tutor.email FROM {{companion}}.tutor_student_assignments t
    JOIN {{companion}}.users of_tutor ON of_tutor.id = t.tutor_id
    WHERE t.student_id = {student} AND t.status = 'active'
      AND coalesce(t.start_date, '-infinity') <= CURRENT_DATE AND coalesce(t.end_date, 'infinity') >= CURRENT_DATE
      AND (t.subject_id IS NULL OR {subject})
    ORDER BY t.subject_id IS NULL, t.assigned_at, t.id LIMIT 1"""
_OF_QUESTION = """(coalesce(cardinality(q.context_subjects), 0) = 0 OR EXISTS (
          SELECT FROM {{companion}}.subjects s, unnest(q.context_subjects) named
          WHERE s.id = t.subject_id AND lower(named) IN (lower(s.name), CAST(s.id AS text))))"""
_QUESTION = """
SELECT q.id, q.student_id, q.query, q.confidence, q.confidence_score, coalesce(q.context_subjects, '{}') AS subjects,
       q.out_of_scope IS TRUE OR q.clarification_requested IS TRUE AS needs_nobody,
       q.escalated_to_tutor_id IS NOT NULL AS escalated
FROM {companion}.qa_interactions q WHERE q.id = :id FOR NO KEY UPDATE
"""
_ESCALATE = f"""
WITH tutor AS (
    SELECT found.* FROM {{companion}}.qa_interactions q
    CROSS JOIN LATERAL ({_TUTOR.format(student="q.student_id", subject=_OF_QUESTION.format())}) AS found
    WHERE q.id = :id
), escalated AS (
    UPDATE {{companion}}.qa_interactions q SET tutor_escalation_suggested = true,
        escalated_to_tutor_id = (SELECT tutor_id FROM tutor)
    WHERE q.id = :id RETURNING q.student_id
)
SELECT tutor.tutor_id, tutor.email, coalesce(u.profile ->> 'name', u.email) AS student
FROM escalated JOIN {{companion}}.users u ON u.id = escalated.student_id JOIN tutor ON true
"""  # noqa: S608 - fragments of ours, values are bound
_SETS = """
SELECT s.student_id, s.request_id, s.subject_id, s.wanted, subject.name
FROM {companion}.practice_sets s JOIN {companion}.subjects subject ON subject.id = s.subject_id
WHERE s.request_id = :request AND s.help_told_at IS NULL ORDER BY s.student_id FOR NO KEY UPDATE OF s
"""
_RESULT = """
SELECT count(*) AS items, count(*) FILTER (WHERE a.completed) AS completed,
       count(*) FILTER (WHERE a.completed AND a.performance_score >= :right) AS correct,
       avg(a.performance_score) FILTER (WHERE a.completed) AS performance
FROM {companion}.practice_set_items i JOIN {companion}.practice_assignments a ON a.id = i.assignment_id
WHERE i.student_id = :student AND i.request_id = :request
"""
_TELL = f"""
WITH told AS (
    UPDATE {{companion}}.practice_sets SET help_told_at = now()
    WHERE student_id = :student AND request_id = :request RETURNING student_id
)
SELECT found.tutor_id, found.email, coalesce(u.profile ->> 'name', u.email) AS student
FROM told JOIN {{companion}}.users u ON u.id = told.student_id
CROSS JOIN LATERAL ({_TUTOR.format(student="u.id", subject="t.subject_id = :subject")}) AS found
"""  # noqa: S608 - as above


@dataclass(frozen=True)
class Question:
    """A question that was answered; `needs_nobody` says that it is out of scope, or waits for its learner."""

    id: UUID
    student_id: UUID
    query: str
    confidence: str
    score: Decimal | None
    subjects: list[str]
    needs_nobody: bool
    escalated: bool


@dataclass(frozen=True)
class Told:
    """The tutor who is to be told, and of whom."""

    tutor_id: UUID
    email: str
    student: str


@dataclass(frozen=True)
class SetResult:
    """A practice set that nobody was told of yet, and how it went so far."""

    student_id: UUID
    request_id: str
    subject_id: UUID
    subject: str
    items: int
    completed: int
    correct: int
    performance: Decimal | None


def lock_question(conn: Connection, question_id: UUID) -> Question | None:
    """Lock a question; None where there is none."""
    row = conn.execute(sql(_QUESTION), {"id": question_id}).one_or_none()
    return Question(*row) if row else None


def escalate(conn: Connection, question_id: UUID) -> Told | None:
    """Suggest a tutor for a question, and name who that is; None where no tutor is assigned."""
    row = conn.execute(sql(_ESCALATE), {"id": question_id}).one_or_none()
    return Told(*row) if row else None


def results_of(conn: Connection, request_id: str, right_from: Decimal) -> list[SetResult]:
    """Lock the sets of a request that no tutor was told of, and count how they went."""
    found = []
    for each in conn.execute(sql(_SETS), {"request": request_id}).all():
        asked = {"student": each.student_id, "request": request_id, "right": right_from}
        counted = conn.execute(sql(_RESULT), asked).one()
        found.append(SetResult(each.student_id, request_id, each.subject_id, each.name, *counted))
    return found


def note_help(conn: Connection, result: SetResult) -> Told | None:
    """Note that a set was looked after, and return the tutor who is to be told; None where none is assigned."""
    asked = {"student": result.student_id, "request": result.request_id, "subject": result.subject_id}
    row = conn.execute(sql(_TELL), asked).one_or_none()
    return Told(*row) if row else None
