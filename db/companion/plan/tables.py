"""All tables in an order in which each finds what it refers to; study_companion.md has two that come too early."""

from __future__ import annotations

from bellwork.db.companion.plan.learning import GOALS, OVERRIDES, QUESTIONS, SESSIONS
from bellwork.db.companion.plan.nudges import KEPT_BESIDE, NUDGES
from bellwork.db.companion.plan.people import PEOPLE
from bellwork.db.companion.plan.practice import PRACTICE

TABLES = {**PEOPLE, **GOALS, **SESSIONS, **PRACTICE, **QUESTIONS, **NUDGES, **OVERRIDES, **KEPT_BESIDE}
