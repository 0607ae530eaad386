"""What a mail server's answer means for the ledger, in one transaction: the letter's state, its address, the hold."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from bellwork.db.letters import hold_back, note_trouble, put_back, settle, settle_sent, suppress
from bellwork.tasks.mail import hooks
from bellwork.tasks.mail.patience import MOST_TRIES, pause
from bellwork.tasks.providers import MailBlocked, MailRefused, MailServerTrouble, MailTryLater, MailUnknown, mail

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from sqlalchemy import Connection

    from bellwork.db.letters import Holder
    from bellwork.db.vocabulary.letter import Ending
    from bellwork.tasks.mail.prepare import Ready
    from bellwork.tasks.providers.mail.letter import MailFailure, MayBegin

log = structlog.get_logger("bellwork.mail")

#: Seconds until a letter is tried again that came back before the server had heard whose it is.
_SOON = 60.0


@dataclass(frozen=True)
class Outcome:
    """What became of a letter that was offered: None, it was taken."""

    ready: Ready
    failure: MailFailure | None = None


def offer(batch: Sequence[Ready], may_begin: MayBegin) -> Generator[Outcome, None, None]:
    """Offer letters to the mail server, one after the other, and say of each what became of it.

    Ends before the first that may not begin; whoever leaves early offers no more of them.
    """
    try:
        told = mail().send_each([ready.letter for ready in batch], may_begin)
    except MailServerTrouble as trouble:
        yield Outcome(batch[0], trouble)
        return
    with closing(told):
        for ready, failure in zip(batch, told, strict=False):
            yield Outcome(ready, failure)


def record(conn: Connection, holder: Holder, outcomes: Sequence[Outcome]) -> None:
    """Write down what became of letters; once is enough, and twice does no harm."""
    sent = {each.ready.claimed.id: each.ready.claimed for each in outcomes if each.failure is None}
    for letter in settle_sent(conn, holder, list(sent)):
        hooks.settled(conn, sent[letter], "sent")
    for outcome in outcomes:
        if outcome.failure:
            _record_failure(conn, outcome.ready, outcome.failure)


def _record_failure(conn: Connection, ready: Ready, failure: MailFailure) -> None:
    said = str(failure)
    match failure:
        case MailUnknown():
            log.warning("letter may have been sent", letter=ready.claimed.id, reason=said)
            _settle(conn, ready, "unknown", said)
        case MailRefused(is_about_recipient=about):
            log.warning("letter refused", letter=ready.claimed.id, reason=said)
            _settle(conn, ready, "refused", said)
            if about:
                suppress(conn, ready.address, "refused", said, ready.claimed.id)
        case MailServerTrouble() as trouble:
            seconds = pause(ready.claimed.held) if isinstance(trouble, MailBlocked) else _SOON
            hold_back(conn, ready.claimed, seconds, said)
            note_trouble(conn, said)
        case MailTryLater():
            _try_later(conn, ready, said)


def _try_later(conn: Connection, ready: Ready, said: str) -> None:
    if ready.claimed.tries + 1 < MOST_TRIES:
        put_back(conn, ready.claimed, pause(ready.claimed.tries), said)
    else:
        _settle(conn, ready, "refused", f"given up after {MOST_TRIES} tries: {said}")


def _settle(conn: Connection, ready: Ready, state: Ending, reason: str | None = None) -> None:
    if settle(conn, ready.claimed, state, reason):
        hooks.settled(conn, ready.claimed, state)
