"""The plan of the first revision: the tables of vividly.md, with the corrections that they need to work."""

from bellwork.db.content.plan.belongings import CHECKS, INDEXES
from bellwork.db.content.plan.deletion_indexes import DELETION_INDEXES
from bellwork.db.content.plan.functions import FUNCTIONS, TRIGGERS
from bellwork.db.content.plan.tables import TABLES
from bellwork.db.content.plan.types import TYPES
from bellwork.db.migrations.plan import Plan

PLAN = Plan(
    system="content",
    revision="0001",
    document="vividly.md",
    types=TYPES,
    functions=FUNCTIONS,
    tables=TABLES,
    indexes=INDEXES,
    checks=CHECKS,
    triggers=TRIGGERS,
    corrected=frozenset({"generate_id(text)"}),
)

__all__ = ["DELETION_INDEXES", "PLAN"]
