"""Looks at every contract once a day: who is to be told of its end, and which organization is to be deleted.

A new end, or none, is a new contract: its steps begin anew, and letters and deletions of the old one are called off.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import dramatiq
import structlog

from bellwork.db.content.queries import announce_step, list_contracts, pass_over_steps, told_steps, unheard_notices
from bellwork.db.retention import Holder, note_run
from bellwork.tasks.content.retention.contract_letters import post_contract_letters
from bellwork.tasks.content.retention.organization_deletion import delete_organization
from bellwork.tasks.content.retention.steps import LAST_WORD, deletion_day, due_today
from bellwork.workers import job

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy import Connection

    from bellwork.db.content.queries import Contract, ContractNotice
    from bellwork.tasks.content.retention.steps import Due

log = structlog.get_logger("bellwork.retention")

KEY = "content.end_contracts"


@dataclass
class Ending:
    """What was sent, which contracts have an end that nobody can read, and which last words reached nobody."""

    letters: list[ContractNotice] = field(default_factory=list)
    deletions: list[str] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)
    unheard: list[str] = field(default_factory=list)


@dramatiq.actor(
    actor_name=KEY, callers="internal", queue_name="upkeep", max_retries=5, min_backoff=60_000, time_limit=120_000
)
def end_contracts() -> None:
    """Send the letters and the deletions that are due today."""
    attempt = job.current()
    with job.transaction() as conn:
        ending = end_due_contracts(conn, Holder(f"job {attempt.id}", attempt.number))
    log.info("contracts", letters=len(ending.letters), deletions=ending.deletions, unreadable=ending.unreadable)


def end_due_contracts(conn: Connection, holder: Holder) -> Ending:
    """Enter what is due today and send it, all in the caller's transaction; doing it again sends nothing new."""
    ending = Ending()
    for contract, due in due_contracts(conn):
        if due is None:
            ending.unreadable.append(f"{contract.organization_id!r} has contract_end {contract.text[:40]!r}")
        else:
            _send(conn, contract, due, ending)
    sent = len(ending.letters) + len(ending.deletions)
    note_run(conn, KEY, holder, rows=sent, error="; ".join(ending.unreadable + ending.unheard) or None)
    return ending


def due_contracts(conn: Connection) -> list[tuple[Contract, Due | None]]:
    """List every contract with what is due today; None where its end cannot be read."""
    told = told_steps(conn)
    return [(contract, _due(contract, told)) for contract in list_contracts(conn)]


def _due(contract: Contract, told: dict[tuple[str, date], dict[str, date | None]]) -> Due | None:
    if contract.end is None:
        return None
    return due_today(contract.end, contract.today, told.get((contract.organization_id, contract.end), {}))


def _send(conn: Connection, contract: Contract, due: Due, ending: Ending) -> None:
    if due.announce:
        notices = announce_step(conn, contract, due.announce.name)
        if due.announce == LAST_WORD:
            # Without it nothing is deleted: what no mail server took for certain is sent again each day.
            notices = unheard_notices(conn, contract, LAST_WORD.name)
            _note_unheard(contract, ending)
        post_contract_letters(conn, notices)
        ending.letters += notices
    if due.passed_over:
        pass_over_steps(conn, contract, [step.name for step in due.passed_over])
    if due.delete and contract.end:
        delete_organization.send_with_options(
            kwargs={"organization_id": contract.organization_id, "contract_end": contract.end.isoformat()},
            unique_key=f"content.delete_organization:{contract.organization_id}",
        )
        ending.deletions.append(contract.organization_id)


def _note_unheard(contract: Contract, ending: Ending) -> None:
    if contract.end and contract.today >= deletion_day(contract.end, contract.end):
        ending.unheard.append(f"{contract.organization_id!r} is not deleted: its last word has reached nobody yet")
