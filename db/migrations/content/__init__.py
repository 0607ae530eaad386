"""The plan of revision 0002: the tables of vividly.md, with the corrections that they need to work."""

from db.migrations.content.belongings import CHECKS, INDEXES
from db.migrations.content.functions import FUNCTIONS, TRIGGERS
from db.migrations.content.tables import TABLES
from db.migrations.content.types import TYPES
from db.migrations.plan import Plan

PLAN = Plan(
    system="content",
    revision="0002",
    document="vividly.md",
    types=TYPES,
    functions=FUNCTIONS,
    tables=TABLES,
    indexes=INDEXES,
    checks=CHECKS,
    triggers=TRIGGERS,
    corrected=frozenset({"generate_id(text)"}),
)

__all__ = ["PLAN"]
