"""What is done about interventions that stand open: carried out, approved, and escalated when nobody does anything.

1  unattended   a critical one that still waits a day after it was recommended (tutormax, PRD: action within 24 hours)
2  overdue      its due date has passed          3, 4   a day and three days after it
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bellwork.db.sql import sql
from bellwork.db.tutoring.interventions.rules import FOR_PEOPLE, MANAGER, RULES

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

CRITICAL = tuple(sorted({rule.type for rule in RULES if rule.priority == "critical"}))
#: Level and hours after the due date.
OVERDUE = ((2, 0), (3, 24), (4, 72))
#: Hours within which a critical one must have been taken up.
CRITICAL_HOURS = 24
_TYPES = ", ".join(f"'{name}'" for name in CRITICAL)
_LEVELS = ", ".join(f"({level}, {hours})" for level, hours in OVERDUE)
_ESCALATE = f"""
WITH late AS (
    SELECT i.intervention_id, 1 AS level, 'nobody has taken it up for {CRITICAL_HOURS} hours' AS reason
    FROM {{tutoring}}.interventions i
    WHERE i.status = 'pending' AND i.intervention_type IN ({_TYPES})
      AND i.recommended_date <= now() - interval '{CRITICAL_HOURS} hours'
    UNION ALL
    SELECT i.intervention_id, l.level,
           'it was due ' || CASE l.hours WHEN 0 THEN 'by now' ELSE format('%s hours ago', l.hours) END
    FROM {{tutoring}}.interventions i CROSS JOIN (VALUES {_LEVELS}) AS l(level, hours)
    WHERE i.status IN ('pending', 'in_progress') AND i.due_date <= now() - make_interval(hours => l.hours)
), new AS (
    INSERT INTO {{tutoring}}.escalations (intervention_id, level, told, reason)
    SELECT intervention_id, level, '{MANAGER}', reason FROM late ORDER BY intervention_id, level
    ON CONFLICT DO NOTHING RETURNING intervention_id, level, reason
)
SELECT DISTINCT ON (new.intervention_id) new.intervention_id, new.level, new.reason
FROM new ORDER BY new.intervention_id, new.level DESC
"""  # noqa: S608 - fragments of ours
_CARRY_OUT = """
UPDATE {tutoring}.interventions SET
    status = CASE WHEN intervention_type = 'training_module' THEN 'in_progress' ELSE 'completed' END,
    completed_date = CASE WHEN intervention_type = 'training_module' THEN NULL ELSE now() END, updated_at = now()
WHERE intervention_id = ANY(CAST(:ids AS text[])) AND status = 'pending' AND assigned_to = 'automatic'
RETURNING intervention_id
"""
_UNSENT = """
UPDATE {tutoring}.interventions
SET notes = concat_ws(E'\\n', notes, 'its letter was not sent: ' || :state), updated_at = now()
WHERE intervention_id = :id AND status = 'pending'
"""
_READ = """
SELECT i.intervention_id, i.tutor_id, i.intervention_type, i.trigger_reason, i.assigned_to, i.status, i.due_date,
       t.name, t.email
FROM {tutoring}.interventions i JOIN {tutoring}.tutors t ON t.tutor_id = i.tutor_id WHERE i.intervention_id = :id
"""
_DECIDE = "SELECT {tutoring}.decide_intervention(:id, :manager, :approved, :reason)"


@dataclass(frozen=True)
class Escalation:
    """A level that an intervention has come to, and why."""

    intervention_id: str
    level: int
    reason: str


@dataclass(frozen=True)
class Intervention:
    """An intervention with whom it is about; `who` looks after it, 'automatic' where nobody does."""

    id: str
    tutor_id: str
    type: str
    reason: str
    who: str
    status: str
    due: datetime
    name: str
    email: str

    @property
    def is_for_people(self) -> bool:
        """Tell whether a manager has to approve of it first."""
        return self.type in FOR_PEOPLE


def escalate(conn: Connection) -> list[Escalation]:
    """Enter the levels that interventions have come to since; returns the highest new one of each."""
    return [Escalation(*row) for row in conn.execute(sql(_ESCALATE))]


def carry_out(conn: Connection, interventions: Sequence[str]) -> list[str]:
    """Move automatic ones on that are pending: completed, a training in_progress; returns those that moved."""
    return list(conn.execute(sql(_CARRY_OUT), {"ids": list(interventions)}).scalars())


def note_unsent(conn: Connection, intervention_id: str, state: str) -> None:
    """Note that the letter of an automatic one has not gone out: it stays open, and comes to be overdue."""
    conn.execute(sql(_UNSENT), {"id": intervention_id, "state": state})


def read_intervention(conn: Connection, intervention_id: str) -> Intervention | None:
    """Read one; None where there is none of this id."""
    row = conn.execute(sql(_READ), {"id": intervention_id}).one_or_none()
    return Intervention(*row) if row else None


def decide(conn: Connection, intervention_id: str, manager: str, *, approved: bool, reason: str | None = None) -> str:
    """Let a manager approve of an intervention for people, or refuse it; returns its status.

    Raises what `tutoring.decide_intervention` raises: for one that is not pending, not for people, or not there.
    """
    asked = {"id": intervention_id, "manager": manager, "approved": approved, "reason": reason}
    status: str = conn.execute(sql(_DECIDE), asked).scalar_one()
    return status
