"""The words of student_interventions: levels, reasons, types, states and outcomes, and which state may follow which."""

from __future__ import annotations

from enum import StrEnum

from bellwork.db.machine import Machine


class RiskLevel(StrEnum):
    """How much is at stake; the rules say medium or high, a trainer may also say low."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class Reason(StrEnum):
    """Why a student is at risk, in the order in which rows list them; what a trainer adds may be other words."""

    QUIZ_FAILURES = "quiz_failures"
    LOW_PROGRESS = "low_progress"
    LOW_QUIZ_AVERAGE = "low_quiz_average"
    INACTIVE = "inactive"
    AI_ESCALATIONS = "ai_escalations"


#: Stands where the reasons of an erased student stood.
ERASED = "erased"


class InterventionType(StrEnum):
    """What is done."""

    AUTOMATED_EMAIL = "automated_email"
    TRAINER_NOTIFICATION = "trainer_notification"
    ONE_ON_ONE_SCHEDULED = "one_on_one_scheduled"
    MENTOR_ASSIGNED = "mentor_assigned"
    RESOURCE_RECOMMENDED = "resource_recommended"
    DEADLINE_EXTENDED = "deadline_extended"
    OTHER = "other"


class InterventionStatus(StrEnum):
    """Where an intervention stands; pending, in_progress and escalated ones are open."""

    PENDING = "pending"
    IN_PROGRESS = "in_progress"
    RESOLVED = "resolved"
    ESCALATED = "escalated"
    DISMISSED = "dismissed"


class InterventionOutcome(StrEnum):
    """What came of it."""

    STUDENT_IMPROVED = "student_improved"
    STUDENT_COMPLETED = "student_completed"
    STUDENT_DROPPED = "student_dropped"
    FALSE_POSITIVE = "false_positive"
    NEEDS_ESCALATION = "needs_escalation"


_S = InterventionStatus
#: in_progress begins with the first contact; what was escalated is ended by a person.
INTERVENTIONS = Machine(
    "student_interventions",
    {
        _S.PENDING: frozenset({_S.IN_PROGRESS, _S.ESCALATED, _S.RESOLVED, _S.DISMISSED}),
        _S.IN_PROGRESS: frozenset({_S.ESCALATED, _S.RESOLVED, _S.DISMISSED}),
        _S.ESCALATED: frozenset({_S.RESOLVED, _S.DISMISSED}),
        _S.RESOLVED: frozenset(),
        _S.DISMISSED: frozenset(),
    },
)
#: As a condition on a row: the one of its enrollment that is open.
OPEN = "deleted_at IS NULL AND status IN ('pending', 'in_progress', 'escalated')"
