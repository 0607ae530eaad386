"""The plan of the first revision: student_interventions as it has to be, and ours beside it."""

from bellwork.db.migrations.plan import Plan
from bellwork.db.support.plan.belongings import CHECKS, INDEXES
from bellwork.db.support.plan.flags import TRIGGERS
from bellwork.db.support.plan.functions import FUNCTIONS
from bellwork.db.support.plan.tables import TABLES

PLAN = Plan(
    system="support",
    revision="0001",
    document="student_interventions.md",
    types={},
    functions=FUNCTIONS,
    tables=TABLES,
    indexes=INDEXES,
    checks=CHECKS,
    triggers=TRIGGERS,
)

__all__ = ["PLAN"]
