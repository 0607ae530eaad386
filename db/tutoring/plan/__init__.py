"""The plan of the first revision: the tables of tutormax.md as they have to be, and ours beside them."""

from bellwork.db.migrations.plan import Plan
from bellwork.db.tutoring.plan.belongings import CHECKS, INDEXES
from bellwork.db.tutoring.plan.functions import FUNCTIONS
from bellwork.db.tutoring.plan.noting import TRIGGERS
from bellwork.db.tutoring.plan.ours import OURS
from bellwork.db.tutoring.plan.tables import TABLES

PLAN = Plan(
    system="tutoring",
    revision="0001",
    document="tutormax.md",
    types={},
    functions=FUNCTIONS,
    tables={**TABLES, **OURS},
    indexes=INDEXES,
    checks=CHECKS,
    triggers=TRIGGERS,
)

__all__ = ["PLAN"]
