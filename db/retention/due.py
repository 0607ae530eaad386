"""How many rows a rule would take away now, and how old the oldest of them is: what a dry run shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bellwork.db.engine import psycopg_of

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from bellwork.db.vocabulary import RetentionRule


@dataclass(frozen=True)
class Due:
    """What is due by a rule: rows, the oldest moment among them, and the moment that they all lie before."""

    rows: int
    oldest: datetime | None
    before: datetime


def count_due(conn: Connection, rule: RetentionRule) -> Due:
    """Count the rows that are due."""
    statement = f"""
        SELECT count(*), min(t."{rule.column}"), now() - make_interval(days => {rule.days})
        FROM {rule.qualified} t WHERE {rule.condition}
    """  # noqa: S608 - a rule is code of ours, and was checked
    [due] = psycopg_of(conn).execute(statement.encode()).fetchall()
    return Due(*due)
