"""The tables of study_companion.md, and those that keep each nudge single."""

from bellwork.db.base import metadata
from bellwork.db.companion.tables.learning import Goal, Override, QaInteraction, Summary, TutoringSession
from bellwork.db.companion.tables.nudges import Nudge, NudgeKey, NudgeSuppression
from bellwork.db.companion.tables.numbers import FallbackSummary, LearnerDay, PracticeSet, PracticeSetItem
from bellwork.db.companion.tables.people import CompanionUser, Subject, TutorStudentAssignment
from bellwork.db.companion.tables.practice import PracticeAssignment, PracticeBankItem, StudentRating

__all__ = [
    "CompanionUser",
    "FallbackSummary",
    "Goal",
    "LearnerDay",
    "Nudge",
    "NudgeKey",
    "NudgeSuppression",
    "Override",
    "PracticeAssignment",
    "PracticeBankItem",
    "PracticeSet",
    "PracticeSetItem",
    "QaInteraction",
    "StudentRating",
    "Subject",
    "Summary",
    "TutorStudentAssignment",
    "TutoringSession",
    "metadata",
]
