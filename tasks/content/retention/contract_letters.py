"""Tells the people who run an organization, once for each step, that its contract ends and what becomes of its data.

A letter of which nobody knows whether it went out is never sent again; but for the last word, without which nothing is
deleted: that is sent again on the next day.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any

import dramatiq

from bellwork.db.content.queries import (
    ContractNotice,
    claim_contract_notice,
    read_contract,
    settle_contract_notice,
    told_steps,
)
from bellwork.db.engine import transaction
from bellwork.tasks.content.claims import LETTERS, claimed
from bellwork.tasks.content.retention.steps import BEFORE, LAST_WORD, deletion_day, may_be_told
from bellwork.tasks.providers import Letter, mail, post
from bellwork.tasks.providers.text import plain
from bellwork.workers import Permanent, job

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from bellwork.db.content.queries import Contract

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
    """A job that died while it was sending leaves nobody the wiser; where arguments name no notice, none is claimed."""
    del reason
    with suppress(Permanent, TypeError):
        settle_contract_notice(conn, _notice(**args), "unknown")


@dramatiq.actor(actor_name="content.tell_contract", on_dead=_forget_claim, **LETTERS)
def tell_contract(organization_id: str, contract_end: str, step: str, recipient_id: str) -> None:
    """Write to one person about one step, unless that was done, or the step says the truth no more (or not yet)."""
    if step not in _STEPS:
        raise Permanent(f"there is no step {step!r}; there are {', '.join(sorted(map(repr, _STEPS)))}")
    notice = _notice(organization_id, contract_end, step, recipient_id)
    with transaction() as conn:
        contract = read_contract(conn, organization_id, lock=True)
        again = step == LAST_WORD.name  # better twice than a deletion of which nobody heard
        claim = claim_contract_notice(conn, notice, again=again) if _is_so(conn, notice, contract) else None
    if contract is not None and isinstance(claim, tuple):
        with claimed(partial(_let_go, notice)):
            state: str = post(mail(), _letter(notice, contract, *claim))
    else:
        state = "unknown" if claim == _SENDING else "cancelled"
    with job.transaction() as conn:
        settle_contract_notice(conn, notice, state, was="waiting" if state == "cancelled" else _SENDING)


def _is_so(conn: Connection, notice: ContractNotice, contract: Contract | None) -> bool:
    if contract is None:
        return False
    told = told_steps(conn, notice.organization_id).get((notice.organization_id, notice.end), {})
    return contract.end == notice.end and may_be_told(notice.step, notice.end, contract.today, told)


def _let_go(notice: ContractNotice, conn: Connection, state: str) -> None:
    settle_contract_notice(conn, notice, state)


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
