"""Finds the figure of each rule, in one statement."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellwork.db.sql import sql

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from bellwork.db.content.alerts.rules import Rule


def measure(conn: Connection, rules: Sequence[Rule]) -> dict[str, str | None]:
    """Return, by kind, what is said of a figure above its rule's limit; None where all is well, or nothing is known."""
    columns = ", ".join(f"CAST({rule.figure} AS float8) AS {rule.kind}" for rule in rules)
    found = conn.execute(sql(f"SELECT {columns}")).mappings().one()
    return {rule.kind: _said(rule, found[rule.kind]) for rule in rules}


def _said(rule: Rule, figure: float | None) -> str | None:
    return rule.said.format(figure) if figure is not None and figure > rule.limit else None
