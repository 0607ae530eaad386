"""What a run would do now, in counts: nothing is held, archived or deleted for it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from db.queries.content import count_leaving, count_old_uploads, parts_of
from db.queries.content.uploads import UPLOAD_DAYS
from db.retention import RULES, check_rules, count_due, last_runs
from tasks.content.retention import contracts, uploads

if TYPE_CHECKING:
    from datetime import date, datetime

    from sqlalchemy import Connection

    from db.queries.content import Contract
    from db.retention import LastRun, Rule
    from tasks.content.retention.steps import Due


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


@dataclass(frozen=True)
class Ending:
    """A contract with something to be done about it today, and the rows that would be deleted with it."""

    organization_id: str
    name: str
    contract_end: date | None
    written: str
    action: str
    rows: dict[str, int] = field(default_factory=dict)


def plan_rules(conn: Connection) -> list[Planned]:
    """Count what is due by each rule; raises RuleError for a rule that does not fit this database."""
    check_rules(conn, RULES.values())
    last = last_runs(conn)
    return [*(_planned(conn, rule, last.get(rule.key)) for rule in RULES.values()), _uploads(conn, last)]


def plan_contracts(conn: Connection) -> list[Ending]:
    """List the contracts about which something is due today, or that nobody can read."""
    due = contracts.due_contracts(conn)
    return [_ending(conn, contract, what) for contract, what in due if what is None or what.announce or what.delete]


def _planned(conn: Connection, rule: Rule, last: LastRun | None) -> Planned:
    due = count_due(conn, rule)
    table = f"{rule.system}.{rule.table}"
    return Planned(rule.key, table, rule.days, rule.said, due.rows, due.oldest, rule.purpose, last)


def _uploads(conn: Connection, last: dict[str, LastRun]) -> Planned:
    return Planned(
        uploads.KEY,
        "content.bulk_upload_jobs",
        UPLOAD_DAYS,
        "remove the file",
        count_old_uploads(conn),
        None,
        "the files of class lists go a week after they were read in",
        last.get(uploads.KEY),
    )


def _ending(conn: Connection, contract: Contract, due: Due | None) -> Ending:
    rows = count_leaving(conn, parts_of(conn, contract.organization_id)) if due and due.delete else {}
    return Ending(contract.organization_id, contract.name, contract.end, contract.text, _said(due), rows)


def _said(due: Due | None) -> str:
    if due is None:
        return "nobody can read this day; it looks like 2027-06-30"
    return f"announce {due.announce.name!r}" if due.announce else "delete"
