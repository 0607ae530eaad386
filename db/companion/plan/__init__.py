"""The plan of the first revision: study_companion.md with its corrections, and our tables beside it."""

from bellwork.db.companion.plan.belongings import CHECKS, FOREIGN_KEYS, INDEXES
from bellwork.db.companion.plan.functions import CORRECTED, FUNCTIONS, TRIGGERS
from bellwork.db.companion.plan.tables import TABLES
from bellwork.db.companion.plan.views import VIEWS
from bellwork.db.migrations.plan import Plan

PLAN = Plan(
    system="companion",
    revision="0001",
    document="study_companion.md",
    types={},
    functions=FUNCTIONS,
    tables=TABLES,
    indexes=INDEXES,
    checks=CHECKS,
    triggers=TRIGGERS,
    foreign_keys=FOREIGN_KEYS,
    views=VIEWS,
    corrected=CORRECTED | VIEWS.keys(),
)

__all__ = ["PLAN"]
