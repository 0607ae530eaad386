"""Erases a person of the support system: inputs, decisions and all words go; a bare row says what was done."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from bellwork.db.sql import sql
from bellwork.db.vocabulary.erasure import Erased

if TYPE_CHECKING:
    from sqlalchemy import Connection

_USER = "= CAST(:subject AS uuid)"
_HIS = f"enrollment_id IN (SELECT e.id FROM {{support}}.student_enrollments e WHERE e.user_id {_USER})"  # noqa: S608
_OF_HIS = f"""intervention_id IN (
    SELECT i.id FROM {{support}}.student_interventions i WHERE i.student_id {_USER})"""  # noqa: S608 - ours
_DELETED = {
    "quiz_attempts": _HIS,
    "topic_completions": _HIS,
    "escalations": _HIS,
    "decisions": _HIS,
    "inactivity_spells": _HIS,
    "taken_enrollments": _HIS,
    "effect_checks": _OF_HIS,
    "notices": f"{_OF_HIS} OR person_id {_USER}",
    "trainers": f"id {_USER}",
}
_MASKED = {
    "student_interventions": f"""
        notes = NULL, trainer_notes = NULL, resolution_notes = NULL, figures = '{{}}', escalation_reason = NULL,
        risk_reasons = '{{erased}}'
        WHERE student_id {_USER} AND (
            num_nonnulls(notes, trainer_notes, resolution_notes, escalation_reason) > 0 OR figures <> '{{}}'
            OR risk_reasons <> '{{erased}}')""",
    "student_enrollments": f"""
        ends_at = now() WHERE user_id {_USER} AND coalesce(ends_at > now(), true)""",
    "user_profiles": f"""
        email = NULL, name = NULL, time_zone = NULL, erased_at = now()
        WHERE id {_USER} AND erased_at IS NULL""",
}
_ENDED = f"""
UPDATE {{support}}.student_interventions
SET status = 'resolved', resolved_at = now(), outcome = 'student_dropped'
WHERE student_id {_USER} AND deleted_at IS NULL AND status IN ('pending', 'in_progress', 'escalated')
"""  # noqa: S608 - ours
_NAMES = f"""
SELECT CAST(id AS text) FROM {{support}}.student_enrollments WHERE user_id {_USER}
UNION SELECT CAST(id AS text) FROM {{support}}.student_interventions WHERE student_id {_USER}
"""  # noqa: S608 - ours
_STAYS = "rows stay under their ids, without names, words and figures, for the counts of courses"


def names(conn: Connection, subject: str) -> list[str]:
    """List the ids of a student's enrollments and interventions, by which jobs know him."""
    return list(conn.execute(sql(_NAMES), {"subject": subject}).scalars()) if _is_uuid(subject) else []


def erase(conn: Connection, subject: str) -> Erased:
    """Erase a student, a trainer or an owner in the caller's transaction; the same again finds nothing."""
    if not _is_uuid(subject):
        return Erased()
    asked = {"subject": subject}
    conn.execute(sql(_ENDED), asked)
    deleted = {
        f"support.{table}": conn.execute(sql(f"DELETE FROM {{support}}.{table} WHERE {where}"), asked).rowcount  # noqa: S608
        for table, where in _DELETED.items()
    }
    masked = {
        f"support.{table}": conn.execute(sql(f"UPDATE {{support}}.{table} SET {change}"), asked).rowcount  # noqa: S608
        for table, change in _MASKED.items()
    }
    return Erased(deleted, masked, {"support.student_interventions": _STAYS} if any(masked.values()) else {})


def _is_uuid(subject: str) -> bool:
    try:
        UUID(subject)
    except ValueError:
        return False
    return True
