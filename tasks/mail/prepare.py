"""Claims the next letters and gives them their words, in one transaction: what must not be sent ends in there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from bellwork.db.letters import (
    Address,
    begin_run,
    claim_letters,
    hash_of,
    note_addresses,
    postpone,
    put_back,
    settle,
    suppressions,
)
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
    from collections.abc import Callable, Sequence

    from sqlalchemy import Connection

    from bellwork.db.letters import Claimed, Holder
    from bellwork.db.vocabulary.letter import Ending

Found = TypeVar("Found")
_WHY = {
    "refused": "a mail server refused its address",
    "bounced": "letters to its address come back",
    "complained": "its reader complained",
    "unsubscribed": "its reader wants no letters like this",
    "erased": "its reader was erased",
    "operator": "an operator lets no letter go to its address",
}


@dataclass(frozen=True)
class _Asked:
    """A letter whose system lets it go, and where to."""

    claimed: Claimed
    send: Send
    to: str
    address: Address

    @property
    def list(self) -> str:
        """What one unsubscribes from."""
        return f"{self.claimed.system}.{self.claimed.kind}"


@dataclass(frozen=True)
class Ready:
    """A letter that is claimed, and how it is to be sent."""

    claimed: Claimed
    letter: Letter
    address: Address


class More:
    """None of those that were looked at is to be sent now; there may be others."""


def next_letters(conn: Connection, holder: Holder, systems: Sequence[str], most: int) -> list[Ready] | More | None:
    """Claim the next letters, and return those that may be sent; None where none is due."""
    claimed = claim_letters(conn, holder, systems, most)
    if not claimed:
        return None
    asked = [each for letter in claimed if (each := _decided(conn, letter, partial(_asked, conn, letter)))]
    note_addresses(conn, {each.claimed.id: each.address for each in asked})
    stopped = suppressions(conn, [(each.claimed.id, each.address.address_hash, each.list) for each in asked])
    made = (_decided(conn, each.claimed, partial(_made, each, stopped.get(each.claimed.id))) for each in asked)
    ready = [each for each in made if each]
    if not ready:
        return More()
    begin_run(conn, holder)
    return ready


def _decided(conn: Connection, claimed: Claimed, decide: Callable[[], Found]) -> Found | None:
    """Return what was decided of a letter; where it is not to be sent, its row says so afterwards, and why."""
    try:
        return decide()
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


def _asked(conn: Connection, claimed: Claimed) -> _Asked:
    if claimed.not_after and claimed.not_after <= datetime.now(UTC):
        raise _Over("expired", "its time was over before it could be sent")
    match hooks.check(conn, claimed):
        case Drop(why, state):
            raise _Over(state, why)
        case Wait() as wait:
            raise _NotYet(wait)
        case Send() as send:
            return _addressed(claimed, send)


def _addressed(claimed: Claimed, send: Send) -> _Asked:
    to = send.to or claimed.recipient
    if not to:
        raise _Over("suppressed", "no address")
    plain = recipient(to)
    return _Asked(claimed, send, plain, Address(hash_of(plain), plain.rpartition("@")[2].lower()))


def _made(asked: _Asked, stopped: str | None) -> Ready:
    """Make a letter of what its system said, unless its address gets none (`stopped` says why)."""
    if stopped:
        raise _Over("suppressed", _WHY[stopped])
    if wait := full_until(asked.address.domain):
        raise _NotYet(wait)
    claimed = asked.claimed
    link = link_of(claimed.id) if claimed.can_unsubscribe else None
    words = _words(claimed, asked.send, link)
    letter = Letter(asked.to, words.subject, words.text, words.html, claimed.key, claimed.message_id, link)
    check_letter(letter)
    return Ready(claimed, letter, asked.address)


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
