"""The tables of tutormax.md, and ours beside them: people, lessons, metrics, churn, and what is noted."""

from bellwork.db.base import metadata
from bellwork.db.tutoring.tables.care import (
    Alert,
    Approval,
    ChurnModel,
    ChurnOverride,
    FirstSessionRisk,
    Health,
    Report,
    RescheduleAlert,
    StatusChange,
)
from bellwork.db.tutoring.tables.churn import (
    ChurnPrediction,
    Escalation,
    Explanation,
    Intervention,
    InterventionOutcome,
    InterventionStatus,
    InterventionType,
    PredictionKey,
    RiskLevel,
)
from bellwork.db.tutoring.tables.lessons import Feedback, Session, SessionType, TutorEvent
from bellwork.db.tutoring.tables.metrics import Tier, TutorDay, TutorMetrics, TutorState, Window
from bellwork.db.tutoring.tables.notes import Bucket, Change, Insight, MetricRun
from bellwork.db.tutoring.tables.people import Address, Archetype, Student, Tutor, TutorStatus

__all__ = [
    "Address",
    "Alert",
    "Approval",
    "Archetype",
    "Bucket",
    "Change",
    "ChurnModel",
    "ChurnOverride",
    "ChurnPrediction",
    "Escalation",
    "Explanation",
    "Feedback",
    "FirstSessionRisk",
    "Health",
    "Insight",
    "Intervention",
    "InterventionOutcome",
    "InterventionStatus",
    "InterventionType",
    "MetricRun",
    "PredictionKey",
    "Report",
    "RescheduleAlert",
    "RiskLevel",
    "Session",
    "SessionType",
    "StatusChange",
    "Student",
    "Tier",
    "Tutor",
    "TutorDay",
    "TutorEvent",
    "TutorMetrics",
    "TutorState",
    "TutorStatus",
    "Window",
    "metadata",
]
