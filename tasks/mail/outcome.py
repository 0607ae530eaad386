"""What a mail server's answer means for the books, in one transaction: the letter's state, its address, the hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from bellwork.db.letters import hold_back, note_trouble, put_back, settle, suppress
from bellwork.db.wording import words_of
from bellwork.tasks.mail import hooks
from bellwork.tasks.mail.patience import MOST_TRIES, pause
from bellwork.tasks.providers import MailBlocked, MailRefused, MailServerTrouble, MailTryLater, MailUnknown, mail
from bellwork.tasks.providers.mail.verdict import without_addresses

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from bellwork.db.vocabulary.letter import Ending
    from bellwork.tasks.mail.prepare import Ready

log = structlog.get_logger("bellwork.mail")

#: Seconds until a letter is tried again that came back before the server had heard whose it is.
_SOON = 60.0


@dataclass(frozen=True)
class Outcome:
    """What became of a letter that was offered: None, it was taken."""

    ready: Ready
    failure: MailRefused | MailTryLater | MailUnknown | None = None


def offer(ready: Ready) -> Outcome:
    """Offer a letter to the mail server; raises MailServerTrouble where nobody's letters are taken."""
    try:
        mail().send(ready.letter)
    except MailServerTrouble:
        raise
    except (MailRefused, MailTryLater, MailUnknown) as failure:
        return Outcome(ready, failure)
    # Before the end of a letter anything may break, and whatever does is one of the above afterwards (Postman).
    except Exception as surprise:  # noqa: BLE001
        log.warning("letter could not be offered", letter=ready.claimed.id, reason=words_of(surprise))
        return Outcome(ready, MailTryLater(f"it could not be offered: {without_addresses(words_of(surprise))}"))
    return Outcome(ready)


def record(conn: Connection, outcome: Outcome) -> None:
    """Write down what became of a letter; once is enough, and twice does no harm."""
    ready, said = outcome.ready, str(outcome.failure or "")
    match outcome.failure:
        case None:
            _settle(conn, ready, "sent")
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
