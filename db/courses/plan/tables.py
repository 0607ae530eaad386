"""All tables in an order in which each finds what it refers to."""

from __future__ import annotations

from bellwork.db.courses.plan.assessments import ASSESSMENTS
from bellwork.db.courses.plan.catalogue import CATALOGUE
from bellwork.db.courses.plan.insights import INSIGHTS
from bellwork.db.courses.plan.labs import LABS
from bellwork.db.courses.plan.learning import LEARNING
from bellwork.db.courses.plan.people import PEOPLE
from bellwork.db.courses.plan.videos import VIDEOS

TABLES = {**PEOPLE, **CATALOGUE, **VIDEOS, **LABS, **LEARNING, **ASSESSMENTS, **INSIGHTS}
