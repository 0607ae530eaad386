"""What a mail server's answer means: taken, refused for good, or to be offered again, and whose fault that is.

when               answer                                           it is
before RCPT        anything but 2xx                                 MailServerTrouble: no letter is taken now
at any time        421, 530, 535, 538, x.7.0, x.7.8                 MailServerTrouble
RCPT, DATA, end    4xx                                              MailTryLater
                   5.7.x, 5.4.5, and at RCPT a 554 without a code   MailTryLater: policy and quota pass
                   any other 5xx                                    MailRefused: this recipient, or this letter

Codes: RFC 5321 (4.2.3) and RFC 3463 with the registry of enhanced status codes (5.7.8 and 5.7.0 speak of the account).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bellwork.tasks.providers.errors import MailRefused, MailServerTrouble, MailTryLater

if TYPE_CHECKING:
    from typing import Literal

    Stage = Literal["the sender", "the recipient", "the start of the letter", "the letter"]

_OK, _MOVED, _PERMANENT = 200, 300, 500
_CLOSING, _TRANSACTION_FAILED = 421, 554
#: No TLS or no login where it is wanted, a wrong password, a login that needs TLS.
_ACCOUNT = frozenset({530, 535, 538})
_ENHANCED = re.compile(r"[245]\.(\d{1,3}\.\d{1,3})(?!\S)")
_ADDRESS = re.compile(r"[^\s<>(),;:@'\"]+@[^\s<>(),;:@'\"]+")
_LONGEST = 200


def demand(answer: tuple[int, bytes], stage: Stage) -> None:
    """Return where the answer is a yes; else raise what it means. The reason quotes the answer without addresses."""
    code, said = answer
    if _OK <= code < _MOVED:
        return
    words = said.decode(errors="replace")
    found = _ENHANCED.match(words)
    detail = found[1] if found else ""
    reason = f"the mail server answered {code} to {stage}: {without_addresses(words)[:_LONGEST]!r}"
    if stage == "the sender" or code == _CLOSING or code in _ACCOUNT or detail in {"7.0", "7.8"}:
        raise MailServerTrouble(reason)
    blocked = stage == "the recipient" and code == _TRANSACTION_FAILED and not detail
    if code < _PERMANENT or blocked or detail.startswith("7.") or detail == "4.5":
        raise MailTryLater(reason)
    raise MailRefused(reason)


def without_addresses(words: str) -> str:
    """Return the words with whatever looks like an e-mail address left out: they go into logs and the ledger."""
    return _ADDRESS.sub("[address]", words)
