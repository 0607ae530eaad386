"""The tables of student_interventions and those it refers to, inputs, trainers, and what is recorded."""

from bellwork.db.base import metadata
from bellwork.db.support.tables.inputs import Escalation, QuizAttempt, TopicCompletion
from bellwork.db.support.tables.interventions import Intervention
from bellwork.db.support.tables.people import Course, Enrollment, Trainer, UserProfile
from bellwork.db.support.tables.records import (
    Decision,
    EffectCheck,
    InactivitySpell,
    Notice,
    RiskDay,
    RuleDay,
    Source,
    TakenEnrollment,
)
from bellwork.db.support.words import (
    INTERVENTIONS,
    InterventionOutcome,
    InterventionStatus,
    InterventionType,
    Reason,
    RiskLevel,
)

__all__ = [
    "INTERVENTIONS",
    "Course",
    "Decision",
    "EffectCheck",
    "Enrollment",
    "Escalation",
    "InactivitySpell",
    "Intervention",
    "InterventionOutcome",
    "InterventionStatus",
    "InterventionType",
    "Notice",
    "QuizAttempt",
    "Reason",
    "RiskDay",
    "RiskLevel",
    "RuleDay",
    "Source",
    "TakenEnrollment",
    "TopicCompletion",
    "Trainer",
    "UserProfile",
    "metadata",
]
