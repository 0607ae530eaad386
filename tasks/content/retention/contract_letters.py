"""Tells the people who run an organization, once for each step, that its contract ends and what becomes of its data.

A letter of which nobody knows whether it went out is never sent again; but for the last word, without which nothing is
deleted: another one is posted on the next day.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellwork.db.content.queries import (
    ContractNotice,
    read_contract,
    reader_of,
    renew_notice,
    settle_contract_notice,
    told_steps,
)
from bellwork.db.vocabulary import Drop, Send
from bellwork.tasks.content.retention.steps import LAST_WORD, deletion_day, may_be_told
from bellwork.tasks.letters import NewLetter, call_off_unknown, post_many
from bellwork.tasks.providers.text import plain

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection

    from bellwork.db.content.queries import Contract
    from bellwork.db.vocabulary import PostedLetter

#: What the letters' kind is called in the ledger.
CONTRACT = "contract"
#: What a letter's end means for its notice: whom it did not reach was told nothing.
_STANDS = {
    "sent": "sent",
    "unknown": "unknown",
    "refused": "refused",
    "suppressed": "refused",
    "bounced": "refused",
    "superseded": "cancelled",
    "expired": "cancelled",
}
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


def post_contract_letters(conn: Connection, notices: Iterable[ContractNotice]) -> None:
    """Post a letter for each notice, in the caller's transaction, unless there was one.

    A last word of which nobody knows for twelve hours whether it was taken is posted again.
    """
    letters = []
    for notice in notices:
        key = f"content:{notice.organization_id}:{notice.end}:{notice.step}:{notice.recipient_id}"
        if notice.step == LAST_WORD.name and renew_notice(conn, notice):
            call_off_unknown(conn, "content", "better twice than a deletion of which nobody heard", [key])
        letters.append(
            NewLetter(
                key=key,
                system="content",
                kind=CONTRACT,
                person=notice.recipient_id,
                urgent=True,
                details={**notice.named},
            )
        )
    post_many(conn, letters)


def check_contract_letter(conn: Connection, letter: PostedLetter) -> Send | Drop:
    """Write it if the step says the truth today and its reader is still there."""
    notice = ContractNotice.from_names(letter.details)
    contract = read_contract(conn, notice.organization_id, lock=True)
    reader = reader_of(conn, notice)
    if contract is None or reader is None or not is_so(conn, notice, contract):
        return Drop("the contract's end is another one, or this is not its day, or its reader has left", "superseded")
    return _words(notice, contract, *reader)


def contract_letter_settled(conn: Connection, letter: PostedLetter, state: str) -> None:
    """Keep with the notice what became of its letter."""
    settle_contract_notice(conn, ContractNotice.from_names(letter.details), _STANDS[state])


def is_so(conn: Connection, notice: ContractNotice, contract: Contract) -> bool:
    """Tell whether a step of a contract's end says the truth today."""
    told = told_steps(conn, notice.organization_id).get((notice.organization_id, notice.end), {})
    return contract.end == notice.end and may_be_told(notice.step, notice.end, contract.today, told)


def _words(notice: ContractNotice, contract: Contract, address: str, first_name: str) -> Send:
    before = notice.step != LAST_WORD.name
    deletion = deletion_day(notice.end, notice.end if before else contract.today)
    words = {
        "name": plain(first_name, 100),
        "organization": plain(contract.name, 120),
        "end": f"{notice.end:%d %B %Y}",
        "deletion": f"{deletion:%d %B %Y}",
    }
    subject = "The contract of {organization} ends on {end}" if before else "{organization} is deleted on {deletion}"
    return Send(to=address, subject=subject.format(**words), text=(_BEFORE if before else _AFTER).format(**words))
