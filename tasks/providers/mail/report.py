"""Reads what a mail server reports about a letter: it came back, it may yet arrive, or its reader complains.

what is reported                                        it is
Action: failed, Status 5.x.x                            permanent: nobody has this address (RFC 3464, 2.3.3)
   but 5.2.2, 5.2.3, 5.3.x to 5.7.x without 5.4.1, 4    temporary: a full mailbox, the letter, our own standing
Action: failed, Status 4.x.x                            temporary: it was tried for days
Action: delayed, delivered, relayed, expanded           delayed: nothing is decided
feedback-report (RFC 5965)                              complaint
no report by these standards                            what flufl.bounce makes of it: permanent, or delayed
anything else                                           unreadable

Whose letter it is, its Message-ID says, which nobody else knows: an address that a report names is not believed.
"""

from __future__ import annotations

import re
from email.parser import BytesParser
from email.policy import default
from typing import TYPE_CHECKING, NamedTuple

from flufl.bounce import all_failures

from bellwork.tasks.providers.mail.verdict import without_addresses

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import EmailMessage, Message
    from typing import Literal

    Kind = Literal["permanent", "temporary", "delayed", "complaint", "unreadable"]

#: Of a report no more is read: what matters stands in its first parts.
LONGEST = 1_000_000
_OURS = re.compile(rb"<([0-9a-f]{64})@[^<>\s]{1,255}>")
_STATUS = re.compile(r"\s*([245])\.(\d{1,3}\.\d{1,3})")
#: Of the details that say 5 only these speak of the address; 0.0 is what servers say that know no more.
_OF_ADDRESS = re.compile(r"0\.0|1\.[0-6]|1\.10|2\.[01]|4\.[14]")
_LONGEST_WORDS = 200


class Report(NamedTuple):
    """What is reported of the letter with this Message-ID (what stands before its @), and in which words."""

    kind: Kind
    message_id: str | None
    status: str | None = None
    said: str | None = None


def read_report(content: bytes) -> Report:
    """Return what a message reports; never raises for what it holds."""
    content = content[:LONGEST]
    try:
        message = BytesParser(policy=default).parsebytes(content)
        kind, status, said = _read(message)
    # Anything may come from outside, and the library's parts are not proof against all of it.
    except Exception:  # noqa: BLE001
        kind, status, said = "unreadable", None, None
    found = _OURS.search(content)
    words = without_addresses(" ".join(said.split()))[:_LONGEST_WORDS] if said else None
    return Report(kind, found[1].decode() if found else None, status, words)


def _read(message: EmailMessage) -> tuple[Kind, str | None, str | None]:
    for part in message.walk():
        match part.get_content_type():
            case "message/feedback-report":
                return "complaint", None, None
            case "message/delivery-status":
                return _worst(part)
    temporary, permanent = all_failures(message)
    if permanent:
        return "permanent", None, None
    return ("delayed" if temporary else "unreadable"), None, None


def _worst(part: Message) -> tuple[Kind, str | None, str | None]:
    """Return the worst of what is said of recipients: ours has one, whatever a forwarding server made of it."""
    found = sorted((_of(fields) for fields in _recipients(part)), key=lambda each: _ORDER.index(each[0]))
    return found[0] if found else ("unreadable", None, None)


_ORDER = ("permanent", "temporary", "delayed", "unreadable")


def _recipients(part: Message) -> Iterator[Message]:
    """Yield the groups of fields that speak of a recipient; the first one speaks of the message."""
    blocks = part.get_payload()
    for fields in blocks if isinstance(blocks, list) else []:
        if not isinstance(fields, str) and "action" in fields:
            yield fields


def _of(fields: Message) -> tuple[Kind, str | None, str | None]:
    status, said = str(fields.get("status", "")), str(fields.get("diagnostic-code", "")) or None
    match str(fields["action"]).strip().lower():
        case "failed":
            return _failed(status), _number(status), said
        case "delayed" | "delivered" | "relayed" | "expanded":
            return "delayed", _number(status), said
    return "unreadable", None, said


def _failed(status: str) -> Kind:
    found = _STATUS.match(status)
    if found is None:
        return "permanent"
    return "permanent" if found[1] == "5" and _OF_ADDRESS.fullmatch(found[2]) else "temporary"


def _number(status: str) -> str | None:
    found = _STATUS.match(status)
    return f"{found[1]}.{found[2]}" if found else None
