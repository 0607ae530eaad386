"""What leaves the content system otherwise than by a rule of rows, for `bellwork retention`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bellwork.db.content.queries import count_belonging, count_old_uploads, parts_of
from bellwork.db.content.queries.uploads import UPLOAD_DAYS
from bellwork.db.engine import transaction
from bellwork.db.retention import last_runs
from bellwork.tasks.content.retention import contracts, uploads
from bellwork.tasks.upkeep.sweeping.departure import Departure, Section, Told, told
from bellwork.tasks.upkeep.sweeping.plan import Planned

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy import Connection

    from bellwork.db.content.queries import Contract
    from bellwork.db.retention import Holder
    from bellwork.tasks.content.retention.steps import Due
    from bellwork.tasks.upkeep.sweeping.pace import Budget
    from bellwork.tasks.upkeep.sweeping.run import Begun


@dataclass(frozen=True)
class Ending:
    """A contract with something to be done about it today, and the rows that would be deleted with it."""

    organization_id: str
    name: str
    contract_end: date | None
    written: str
    action: str
    rows: dict[str, int] = field(default_factory=dict)

    @property
    def line(self) -> str:
        """Say it for people."""
        rows = ", ".join(f"{count:,} {table}" for table, count in self.rows.items() if count)
        until = f"contract until {self.written}: {self.action}"
        return f"{self.organization_id} ({self.name}), {until}" + (f": {rows}" if rows else "")


def _plan_uploads(conn: Connection) -> Planned:
    return Planned(
        uploads.KEY,
        "content.bulk_upload_jobs",
        UPLOAD_DAYS,
        "remove the file",
        count_old_uploads(conn),
        None,
        "the files of class lists go a week after they were read in",
        last_runs(conn).get(uploads.KEY),
    )


def _run_uploads(holder: Holder, budget: Budget, begun: Begun) -> Told:
    return told(uploads.remove_old_uploads(holder, budget, begun=begun))


def _plan_contracts(conn: Connection) -> Section:
    """List the contracts about which something is due today, or that nobody can read."""
    due = contracts.due_contracts(conn)
    endings = [_ending(conn, contract, what) for contract, what in due if what is None or what.announce or what.delete]
    return Section("contracts", endings, [ending.line for ending in endings] or ["No contract has anything due today."])


def _run_contracts(holder: Holder, budget: Budget, begun: Begun) -> Told:
    """Send what is due; it takes no time worth a budget, and letters and deletions are the workers'."""
    del budget
    with transaction() as conn:
        begun(conn)
        ending = contracts.end_due_contracts(conn, holder)
    sent = f"{_plural(len(ending.letters), 'letter')}, {_plural(len(ending.deletions), 'deletion')} sent"
    return Told(said="; ".join([sent, *ending.unreadable]))


def _ending(conn: Connection, contract: Contract, due: Due | None) -> Ending:
    rows = count_belonging(conn, parts_of(conn, contract.organization_id)) if due and due.delete else {}
    return Ending(contract.organization_id, contract.name, contract.end, contract.text, _said(due), rows)


def _said(due: Due | None) -> str:
    if due is None:
        return "nobody can read this day; it looks like 2027-06-30"
    return f"announce {due.announce.name!r}" if due.announce else "delete"


def _plural(count: int, word: str) -> str:
    return f"{count} {word}{'' if count == 1 else 's'}"


DEPARTURES = (
    Departure(uploads.KEY, _plan_uploads, _run_uploads),
    Departure(contracts.KEY, _plan_contracts, _run_contracts),
)
