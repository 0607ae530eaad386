"""Tells the people who run an organization, once for each step, that its contract ends and what becomes of its data.

As with every letter here: claimed before it goes out, settled after, and never sent again where nobody can know.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import dramatiq

from db.engine import transaction
from db.queries.content import ContractNotice, claim_contract_notice, read_contract, settle_contract_notice
from tasks.content.retention.steps import BEFORE, LAST_WORD, deletion_day
from tasks.providers import Letter, MailRefused, MailTryLater, MailUnknown, mail
from tasks.providers.text import plain
from workers import Permanent, job

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from db.queries.content import Contract

_STEPS = {step.name for step in (*BEFORE, LAST_WORD)}
_SENDING = "sending"
_BEFORE = (
    "Hello {name},\n\nthe contract of {organization} ends on {end}. After that day all accounts, classes, requests,"
    " progress and feedback are kept until {deletion}, and then deleted for good.\n\n"
    "If the contract is renewed, nothing is deleted.\n"
)
_AFTER = (
    "Hello {name},\n\nthe contract of {organization} ended on {end}. On {deletion} all its accounts, classes, requests,"
    " progress and feedback will be deleted for good.\n\nThis is the last word before; if the contract is renewed by"
    " then, nothing is deleted.\n"
)


def _forget_claim(conn: Connection, args: dict[str, Any], reason: str) -> None:
    """A job that died while it was sending leaves nobody the wiser."""
    del reason
    settle_contract_notice(conn, _notice(**args), "unknown")


@dramatiq.actor(
    actor_name="content.tell_contract",
    queue_name="mail",
    max_retries=5,
    min_backoff=10_000,
    max_backoff=600_000,
    time_limit=60_000,
    on_dead=_forget_claim,
)
def tell_contract(organization_id: str, contract_end: str, step: str, recipient_id: str) -> None:
    """Write to one person about one step, unless that was done or the contract has another end by now."""
    if step not in _STEPS:
        raise Permanent(f"there is no step {step!r}; there are {', '.join(sorted(map(repr, _STEPS)))}")
    notice = _notice(organization_id, contract_end, step, recipient_id)
    with transaction() as conn:
        contract = read_contract(conn, organization_id)
        is_so = contract is not None and contract.end == notice.end
        claim = claim_contract_notice(conn, notice) if is_so else None
    if contract is not None and isinstance(claim, tuple):
        state = _deliver(notice, _letter(notice, contract, *claim))
    else:
        state = "unknown" if claim == _SENDING else "cancelled"
    with job.transaction() as conn:
        settle_contract_notice(conn, notice, state, was="waiting" if state == "cancelled" else _SENDING)


def _deliver(notice: ContractNotice, letter: Letter) -> str:
    try:
        mail().send(letter)
    except MailRefused:
        return "refused"
    except MailUnknown:
        return "unknown"
    except MailTryLater:
        with transaction() as conn:
            settle_contract_notice(conn, notice, "waiting")
        raise
    return "sent"


def _letter(notice: ContractNotice, contract: Contract, address: str, first_name: str) -> Letter:
    before = notice.step != LAST_WORD.name
    deletion = deletion_day(notice.end, notice.end if before else contract.today)
    words = {
        "name": plain(first_name, 100),
        "organization": plain(contract.name, 120),
        "end": f"{notice.end:%d %B %Y}",
        "deletion": f"{deletion:%d %B %Y}",
    }
    subject = "The contract of {organization} ends on {end}" if before else "{organization} is deleted on {deletion}"
    return Letter(
        to=address,
        subject=subject.format(**words),
        text=(_BEFORE if before else _AFTER).format(**words),
        html=None,
        key=f"content:{notice.organization_id}:{notice.end}:{notice.step}:{notice.recipient_id}",
    )


def _notice(organization_id: str, contract_end: str, step: str, recipient_id: str) -> ContractNotice:
    try:
        end = date.fromisoformat(contract_end)
    except ValueError as wrong:
        raise Permanent(f"contract_end {contract_end!r} is no day; it looks like 2027-06-30") from wrong
    return ContractNotice(organization_id, end, step, recipient_id)
