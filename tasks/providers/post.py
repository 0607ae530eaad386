"""Posts a letter for a job: past a mail server that takes nobody's letters now, and with a line for what is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import structlog

from bellwork.tasks.providers.errors import MailRefused, MailServerTrouble, MailUnknown
from bellwork.workers.circuit import circuit

if TYPE_CHECKING:
    from bellwork.tasks.providers.mail import Letter, Postman

log = structlog.get_logger("bellwork.mail")


def post(postman: Postman, letter: Letter) -> Literal["sent", "unknown"]:
    """Hand a letter over; `unknown` where it may have been taken, and must not be sent again unasked.

    Whatever else is raised, the letter was not taken: MailRefused for good, MailTryLater for now, and
    bellwork.workers.Snooze while the server takes no letter of anybody's: the job comes back, and burns no retry.
    """
    try:
        with circuit("mail", MailServerTrouble):
            postman.send(letter)
    except MailRefused as refused:
        log.warning("letter refused", letter=letter.key, reason=str(refused))
        raise
    except MailUnknown as lost:
        log.warning("letter may have been sent", letter=letter.key, reason=str(lost))
        return "unknown"
    return "sent"
