"""The plan of the first revision: learncraft.md's tables with their corrections, and ours beside them."""

from bellwork.db.courses.plan.belongings import CHECKS, INDEXES
from bellwork.db.courses.plan.tables import TABLES
from bellwork.db.courses.plan.types import TYPES
from bellwork.db.migrations.plan import Plan

PLAN = Plan(
    system="courses",
    revision="0001",
    document="learncraft.md",
    types=TYPES,
    functions={},
    tables=TABLES,
    indexes=INDEXES,
    checks=CHECKS,
    triggers={},
)

__all__ = ["PLAN"]
