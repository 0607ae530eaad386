"""What a run would do now, in counts: nothing is held, archived or deleted for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bellwork.db.retention import check_rules, count_due, last_runs
from bellwork.db.systems import rules

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from bellwork.db.retention import LastRun
    from bellwork.db.vocabulary import RetentionRule


@dataclass(frozen=True)
class Planned:
    """A rule, how many rows are due by it, the oldest of them, and how its last run went."""

    key: str
    table: str
    days: int
    action: str
    rows: int
    oldest: datetime | None
    purpose: str
    last: LastRun | None


def plan_rules(conn: Connection) -> list[Planned]:
    """Count what is due by each rule; raises RuleError for a rule that does not fit this database."""
    check_rules(conn, rules().values())
    last = last_runs(conn)
    return [_planned(conn, rule, last.get(rule.key)) for rule in rules().values()]


def _planned(conn: Connection, rule: RetentionRule, last: LastRun | None) -> Planned:
    due = count_due(conn, rule)
    table = f"{rule.system}.{rule.table}"
    return Planned(rule.key, table, rule.days, rule.said, due.rows, due.oldest, rule.purpose, last)
