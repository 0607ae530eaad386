"""What a mail server's answer means: taken, refused for good, or to be offered again, and whose fault that is.

when               answer                                           it is
before RCPT        anything but 2xx                                 MailServerTrouble: no letter is taken now
at any time        421, 530, 535, 538, x.7.0, x.7.8, x.1.7, x.1.8   MailServerTrouble
                   500, 502, 503, 504 without a code                MailServerTrouble: we do not understand each other
RCPT, DATA, end    x.7.*, x.4.5, and at RCPT a 554 without a code   MailBlocked: policy, block list, quota, rate
                   4xx, and x.2.2 (a mailbox is full)               MailTryLater
                   5xx with 1.*, 2.1 or 4.4, or at RCPT 550, 551,
                   553, 556 without a code                          MailRefused, about the recipient
                   any other 5xx                                    MailRefused: this letter

Codes: RFC 5321 (4.2.3), RFC 7504 (556) and RFC 3463 with the registry of enhanced status codes: 5.7.8 and 5.7.0 speak
of the account, 5.1.7 and 5.1.8 of the sender's address, 5.4.5 of a quota, 5.4.4 of a domain that has no mail server.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bellwork.tasks.providers.errors import MailBlocked, MailRefused, MailServerTrouble, MailTryLater

if TYPE_CHECKING:
    from typing import Literal

    Stage = Literal["the sender", "the recipient", "the start of the letter", "the letter"]

_OK, _MOVED, _PERMANENT = 200, 300, 500
_CLOSING, _TRANSACTION_FAILED = 421, 554
#: No TLS or no login where it is wanted, a wrong password, a login that needs TLS.
_ACCOUNT = frozenset({530, 535, 538})
#: Of the account, and of our own address.
_OURS = frozenset({"7.0", "7.8", "1.7", "1.8"})
_MISUNDERSTOOD = frozenset({500, 502, 503, 504})
_NOBODY_THERE = frozenset({550, 551, 553, 556})
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
    if stage == "the sender" or code == _CLOSING or code in _ACCOUNT or detail in _OURS:
        raise MailServerTrouble(reason)
    if not detail and code in _MISUNDERSTOOD:
        raise MailServerTrouble(reason)
    if _is_policy(code, detail, stage):
        raise MailBlocked(reason)
    if code < _PERMANENT or detail == "2.2":
        raise MailTryLater(reason)
    raise MailRefused(reason, is_about_recipient=_is_about_recipient(code, detail, stage))


def without_addresses(words: str) -> str:
    """Return the words with whatever looks like an e-mail address left out: they go into logs and the ledger."""
    return _ADDRESS.sub("[address]", words)


def _is_policy(code: int, detail: str, stage: Stage) -> bool:
    if not detail:
        return stage == "the recipient" and code == _TRANSACTION_FAILED
    return detail.startswith("7.") or detail == "4.5"


def _is_about_recipient(code: int, detail: str, stage: Stage) -> bool:
    if detail:
        return detail.startswith("1.") or detail in {"2.1", "4.4"}
    return stage == "the recipient" and code in _NOBODY_THERE
