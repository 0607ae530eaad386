"""Builds what a plan lacks and marks it, moving and recreating nothing that stands: a team's tables stay the team's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alembic.util import CommandError

from bellwork.db.migrations.inventory import inventory
from bellwork.db.settings import settings
from bellwork.db.sql import sql

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from bellwork.db.migrations.plan import Part, Plan

    Inventory = frozenset[tuple[str, str]]


class UnfitSchemaError(CommandError):
    """The mapped schema holds a table or a type that has the document's name and another content."""


def build(conn: Connection, plan: Plan) -> None:
    """Make every part of the plan stand, in the caller's transaction.

    A part that is there is left as it is, except the functions and views the plan corrects. New CHECKs and foreign keys
    on a table that was found are NOT VALID: they bind what is written from now on and accuse no old row. Raises
    UnfitSchemaError before anything is changed if what was found under the document's names is not the document's.
    """
    schema = settings().schema_of(plan.system)
    found = inventory(conn, plan.system, schema)
    _require_fit(plan, schema, found)
    for part in plan.parts():
        if _is_wanted(part, plan, found):
            not_valid = " NOT VALID" if part.kind == "check" and ("table", part.table) in found else ""
            conn.execute(sql(part.ddl + not_valid))
            if (part.kind, part.name) not in found:
                conn.execute(sql(f"COMMENT ON {part.place} IS '{plan.mark}'"))


def _require_fit(plan: Plan, schema: str, found: Inventory) -> None:
    lacking = [
        f"table {name} without {column}"
        for name, table in plan.tables.items()
        if ("table", name) in found
        for column in table.columns
        if column not in table.late and ("column", f"{name}.{column.strip(chr(34))}") not in found
    ] + [
        f"type {name} without {label!r}"
        for name, labels in plan.types.items()
        if ("type", name) in found
        for label in labels
        if ("label", f"{name}.{label}") not in found
    ]
    if lacking:
        raise UnfitSchemaError(
            f"schema {schema!r} holds {', '.join(lacking)}, so it is not the one of {plan.document}; "
            f"give this system a schema of its own: BELLWORK_SCHEMAS={plan.system}=…"
        )


def _is_wanted(part: Part, plan: Plan, found: Inventory) -> bool:
    if part.kind == "column" and ("table", part.table) not in found:
        return False
    return (part.kind, part.name) not in found or part.name in plan.corrected
