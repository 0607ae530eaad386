"""Overrides: a tutor's words in the place of generated ones, the newest of them, with what stood there before."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bellwork.db.sql import sql

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from sqlalchemy import Connection

_READ = """
SELECT id, student_id, override_type, new_content, summary_id, practice_assignment_id, qa_interaction_id
FROM {companion}.overrides WHERE id = :id FOR NO KEY UPDATE
"""
# What stood there, as an override may change it; and whether this override, or one that is newer, is in its place.
_STANDING = {
    "summary": """
SELECT t.student_id, jsonb_build_object('narrative', t.narrative, 'next_steps', t.next_steps) AS content,
       s.subject_id, CAST(NULL AS int) AS difficulty_level, t.override_id
FROM {companion}.summaries t JOIN {companion}.sessions s ON s.id = t.session_id WHERE t.id = :target
FOR NO KEY UPDATE OF t
""",
    "practice": """
SELECT t.student_id, jsonb_build_object('question', coalesce(t.ai_question_text, b.question_text),
           'answer', coalesce(t.ai_answer_text, b.answer_text),
           'explanation', coalesce(t.ai_explanation, b.explanation),
           'difficulty_level', t.difficulty_level, 'bank_item_id', t.bank_item_id) AS content,
       t.subject_id, t.difficulty_level, t.override_id
FROM {companion}.practice_assignments t LEFT JOIN {companion}.practice_bank_items b ON b.id = t.bank_item_id
WHERE t.id = :target FOR NO KEY UPDATE OF t
""",
    "qa_answer": """
SELECT t.student_id, jsonb_build_object('answer', t.answer) AS content, CAST(NULL AS uuid) AS subject_id,
       CAST(NULL AS int) AS difficulty_level, t.override_id
FROM {companion}.qa_interactions t WHERE t.id = :target FOR NO KEY UPDATE OF t
""",
}
_NEWER = """
SELECT EXISTS (
    SELECT FROM {companion}.overrides mine JOIN {companion}.overrides there ON there.id = :there
    WHERE mine.id = :mine AND (there.created_at, there.id) >= (mine.created_at, mine.id))
"""
_PLACE = {
    "summary": """
UPDATE {companion}.summaries t SET narrative = coalesce(c.narrative, t.narrative),
    next_steps = coalesce(c.next_steps, t.next_steps), overridden = true, override_id = :id
FROM jsonb_to_record(CAST(:content AS jsonb)) AS c(narrative text, next_steps text[]) WHERE t.id = :target
""",
    "practice": """
UPDATE {companion}.practice_assignments t SET ai_question_text = coalesce(c.question, t.ai_question_text),
    ai_answer_text = coalesce(c.answer, t.ai_answer_text), ai_explanation = coalesce(c.explanation, t.ai_explanation),
    difficulty_level = coalesce(c.difficulty_level, t.difficulty_level), flagged = false, overridden = true,
    override_id = :id
FROM jsonb_to_record(CAST(:content AS jsonb))
    AS c(question text, answer text, explanation text, difficulty_level int) WHERE t.id = :target
""",
    "qa_answer": """
UPDATE {companion}.qa_interactions t SET answer = coalesce(c.answer, t.answer), overridden = true, override_id = :id
FROM jsonb_to_record(CAST(:content AS jsonb)) AS c(answer text) WHERE t.id = :target
""",
}
_NOTE = """
UPDATE {companion}.overrides SET original_content = coalesce(original_content, CAST(:original AS jsonb)),
    subject_id = coalesce(subject_id, :subject), difficulty_level = coalesce(difficulty_level, :difficulty)
WHERE id = :id
"""
_NO_FALLBACK = "DELETE FROM {companion}.fallback_summaries WHERE summary_id = :target"


@dataclass(frozen=True)
class Override:
    """An override as a tutor wrote it: of what kind, and which of the three rows it is about."""

    id: UUID
    student_id: UUID
    kind: str
    new_content: Any
    summary_id: UUID | None
    practice_assignment_id: UUID | None
    qa_interaction_id: UUID | None

    @property
    def target(self) -> UUID | None:
        """The row that its kind names."""
        of_kind = {
            "summary": self.summary_id,
            "practice": self.practice_assignment_id,
            "qa_answer": self.qa_interaction_id,
        }
        return of_kind.get(self.kind)


@dataclass(frozen=True)
class Standing:
    """What stands in the place of an override, and whose it is."""

    student_id: UUID
    content: dict[str, Any]
    subject_id: UUID | None
    difficulty_level: int | None
    override_id: UUID | None


def lock_override(conn: Connection, override_id: UUID) -> Override | None:
    """Lock an override; None where there is none."""
    row = conn.execute(sql(_READ), {"id": override_id}).one_or_none()
    return Override(*row) if row else None


def lock_standing(conn: Connection, override: Override) -> Standing | None:
    """Lock what an override is about; None where it is not there."""
    row = conn.execute(sql(_STANDING[override.kind]), {"target": override.target}).one_or_none()
    return Standing(*row) if row else None


def is_in_place(conn: Connection, override: Override, standing: Standing) -> bool:
    """Tell whether an override, or one of the same thing that is newer, is in its place already."""
    if standing.override_id is None:
        return False
    return bool(conn.execute(sql(_NEWER), {"mine": override.id, "there": standing.override_id}).scalar_one())


def put_in_place(conn: Connection, override: Override, standing: Standing, content: Mapping[str, Any]) -> None:
    """Put a tutor's words where generated ones stood, which are kept with the override."""
    asked = {"id": override.id, "target": override.target, "content": json.dumps(dict(content))}
    conn.execute(sql(_PLACE[override.kind]), asked)
    noted = {
        "id": override.id,
        "original": json.dumps(standing.content),
        "subject": standing.subject_id,
        "difficulty": standing.difficulty_level,
    }
    conn.execute(sql(_NOTE), noted)
    if override.kind == "summary":
        conn.execute(sql(_NO_FALLBACK), {"target": override.target})
