"""Claims the next letter and makes a message of it, in one transaction: what must not be sent ends in there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from bellwork.db.letters import Address, claim_letter, hash_of, note_address, postpone, put_back, settle, suppression
from bellwork.db.letters.links import link_of
from bellwork.db.vocabulary.letter import Drop, Send, Wait
from bellwork.tasks.mail import hooks
from bellwork.tasks.mail.domains import full_until
from bellwork.tasks.mail.hooks import Unready
from bellwork.tasks.mail.patience import MOST_TRIES, pause
from bellwork.tasks.mail.words import Words, fill
from bellwork.tasks.providers import Letter, MailRefused
from bellwork.tasks.providers.mail.letter import check_letter, recipient
from bellwork.tasks.providers.mail.verdict import without_addresses

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from bellwork.db.letters import Claimed, Holder
    from bellwork.db.vocabulary.letter import Ending

#: Letters that one transaction may end or put back before it commits.
_MOST = 100
_WHY = {
    "refused": "a mail server refused its address",
    "bounced": "letters to its address come back",
    "complained": "its reader complained",
    "unsubscribed": "its reader wants no letters like this",
    "erased": "its reader was erased",
    "operator": "an operator lets no letter go to its address",
}


@dataclass(frozen=True)
class Ready:
    """A letter that is claimed, and how it is to be sent."""

    claimed: Claimed
    letter: Letter
    address: Address


class More:
    """None of those that were looked at is to be sent now; there may be others."""


def next_letter(conn: Connection, holder: Holder, systems: Sequence[str]) -> Ready | More | None:
    """Claim the next letter that may be sent; None where none is due."""
    for _ in range(_MOST):
        claimed = claim_letter(conn, holder, systems)
        if claimed is None:
            return None
        if ready := _made(conn, claimed):
            return ready
    return More()


def _made(conn: Connection, claimed: Claimed) -> Ready | None:
    """Make a message of a letter; where there is to be none, that stands in the books afterwards, and why."""
    try:
        return _ready(conn, claimed)
    except _Over as over:
        _end(conn, claimed, over.state, str(over))
    except _NotYet as later:
        postpone(conn, claimed, later.until, str(later))
    except MailRefused as refused:
        _end(conn, claimed, "refused", str(refused))
    except Unready as unready:
        reason = without_addresses(str(unready))
        if claimed.tries + 1 >= MOST_TRIES:
            _end(conn, claimed, "refused", f"given up after {MOST_TRIES} tries: {reason}")
        else:
            put_back(conn, claimed, pause(claimed.tries), reason)
    return None


class _Over(Exception):  # noqa: N818 - a decision, not an error
    """The letter is not to be sent; the text says why."""

    def __init__(self, state: Ending, why: str) -> None:
        super().__init__(why)
        self.state = state


class _NotYet(Exception):  # noqa: N818 - as above
    """The letter is not to be sent now."""

    def __init__(self, wait: Wait) -> None:
        super().__init__(wait.why)
        self.until = wait.until


def _ready(conn: Connection, claimed: Claimed) -> Ready:
    if claimed.not_after and claimed.not_after <= datetime.now(UTC):
        raise _Over("expired", "its time was over before it could be sent")
    match hooks.check(conn, claimed):
        case Drop(why, state):
            raise _Over(state, why)
        case Wait() as wait:
            raise _NotYet(wait)
        case Send() as send:
            return _addressed(conn, claimed, send)


def _addressed(conn: Connection, claimed: Claimed, send: Send) -> Ready:
    to = send.to or claimed.recipient
    if not to:
        raise _Over("suppressed", "no address")
    plain = recipient(to)
    address = Address(hash_of(plain), plain.rpartition("@")[2].lower())
    note_address(conn, claimed, address)
    if found := suppression(conn, address.address_hash, f"{claimed.system}.{claimed.kind}"):
        raise _Over("suppressed", _WHY[found.why])
    if wait := full_until(address.domain):
        raise _NotYet(wait)
    link = link_of(claimed.id) if claimed.can_unsubscribe else None
    words = _words(claimed, send, link)
    letter = Letter(plain, words.subject, words.text, words.html, claimed.key, claimed.message_id, link)
    check_letter(letter)
    return Ready(claimed, letter, address)


def _words(claimed: Claimed, send: Send, link: str | None) -> Words:
    details = {**claimed.details, **send.details}
    template = send.template or claimed.template
    filled = Words("", "", None)
    if template:
        filled = fill(claimed.system, template, {**details, "unsubscribe_url": link})
    words = Words(
        send.subject or claimed.subject or filled.subject,
        send.text or claimed.body or filled.text,
        send.html or claimed.html or filled.html,
    )
    if not words.subject or not words.text:
        raise Unready(f"the system {claimed.system!r} gave no {'text' if words.subject else 'subject'}")
    return words


def _end(conn: Connection, claimed: Claimed, state: Ending, reason: str) -> None:
    settle(conn, claimed, state, reason)
    hooks.settled(conn, claimed, state)
