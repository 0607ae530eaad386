"""A letter and the message it becomes: one recipient, no smuggled headers, an id that its key decides."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import SMTP, compat32
from email.utils import formatdate, getaddresses
from typing import Protocol

from bellwork.tasks.providers.errors import MailRefused, MailServerTrouble

_ADDRESS = re.compile(r"[^\s@<>()\[\],;:\\\"|]{1,64}@[^\s@<>()\[\],;:\\\"|/]{1,255}")
_HOST = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)(?:\.(?!-)[a-z0-9-]{1,63}(?<!-))*", re.IGNORECASE)
_LONGEST_SUBJECT, _LONGEST_BODY = 400, 1_000_000
#: A path is at most 256 octets with its angle brackets (RFC 5321, 4.5.3.1.3); no library here counts them.
_LONGEST_ADDRESS = 254
#: How an encoded word begins (RFC 2047). Some versions of the library decode one that stands in a value they are given,
#: and write what comes out, line breaks and all, into the header.
_ENCODED = "=?"


@dataclass(frozen=True)
class Letter:
    """What is to be sent to whom; `key` names this sending, so that a second one can be told from the first.

    `message_id` stands before the @ of its Message-ID; unset, it is the hash of the key. `unsubscribe` is an address to
    which a mail program may POST for its reader, who then gets no more letters like this (RFC 8058).
    """

    to: str
    subject: str
    text: str
    html: str | None
    key: str
    message_id: str | None = None
    unsubscribe: str | None = None


class Postman(Protocol):
    """Takes letters.

    Raises MailRefused (never again), MailTryLater (not taken, safe to repeat) or MailUnknown (perhaps taken: whoever
    repeats it may send it twice).
    """

    def send(self, letter: Letter) -> None:
        """Hand over one letter."""


def recipient(to: str) -> str:
    """Return the one plain address that a letter goes to, its domain as ASCII; raises MailRefused for anything else."""
    address = to.strip()
    if to != address or not _ADDRESS.fullmatch(address):
        raise MailRefused(f"the recipient is not exactly one e-mail address: {_masked(to)}")
    local, _, domain = address.rpartition("@")
    host = _ascii(domain, address)
    if not local.isascii() or local.startswith(".") or local.endswith(".") or ".." in local or _ENCODED in local:
        raise MailRefused(f"the part before the @ of the recipient {_masked(address)} is not usable")
    if len(local) + 1 + len(host) > _LONGEST_ADDRESS:
        raise MailRefused(f"the recipient {_masked(address)} is longer than the {_LONGEST_ADDRESS} that SMTP can carry")
    return f"{local}@{host}"


def check_letter(letter: Letter) -> None:
    """Raise MailRefused for a letter that no message could be made of, whoever sends it."""
    for name, value in (("subject", letter.subject), ("key", letter.key), ("link", letter.unsubscribe or "")):
        if any(char in value for char in "\r\n\0"):
            raise MailRefused(f"the {name} {value[:80]!r} has a line break in it")
    if len(letter.text) + len(letter.html or "") > _LONGEST_BODY:
        raise MailRefused(f"the letter {letter.key!r} is longer than {_LONGEST_BODY} characters")


def compose(letter: Letter, sender: str) -> EmailMessage:
    """Return the letter as a message; its Message-ID is a hash of its key, so that servers see repeats as the same."""
    message = _compose(letter, sender)
    _require_own_headers(message, message.as_bytes())
    return message


def write(letter: Letter, sender: str) -> bytes:
    """Return the letter as the bytes of its message, as compose makes it: in two thirds of the time that both take."""
    message = _compose(letter, sender)
    content = message.as_bytes()
    _require_own_headers(message, content)
    return content


def _compose(letter: Letter, sender: str) -> EmailMessage:
    check_letter(letter)
    message = EmailMessage(policy=SMTP)
    message["From"] = _usable(sender)
    message["To"] = Address(addr_spec=recipient(letter.to))
    message["Subject"] = " ".join(_literal(_unbroken(letter.subject)).split())[:_LONGEST_SUBJECT]
    message["Date"] = formatdate(usegmt=True)
    message["Message-ID"] = message_id(letter.key, sender, letter.message_id)
    message["Auto-Submitted"] = "auto-generated"
    if letter.unsubscribe:
        message["List-Unsubscribe"] = f"<{letter.unsubscribe}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(_unbroken(letter.text))
    if letter.html is not None:
        message.add_alternative(_unbroken(letter.html), subtype="html")
    return message


def message_id(key: str, sender: str, local: str | None = None) -> str:
    """Name the message of a key."""
    domain = sender_address(sender).rpartition("@")[2] or "localhost"
    return f"<{local or fingerprint(key)}@{domain}>"


def sender_address(sender: str) -> str:
    """Return the bare address of MAIL_FROM; empty where it does not hold exactly one."""
    found = [address for _, address in getaddresses([sender])]
    return found[0] if len(found) == 1 else ""


def fingerprint(key: str) -> str:
    """Return the SHA-256 of a key, in hexadecimal."""
    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()


def _require_own_headers(message: EmailMessage, content: bytes) -> None:
    """Read the message as a server will: it must have exactly the headers that were set, each once."""
    head = content.partition(b"\r\n\r\n")[0]
    found = BytesParser(policy=compat32).parsebytes(head + b"\r\n\r\n", headersonly=True).keys()
    if sorted(name.lower() for name in found) != sorted({name.lower() for name in message.keys()}):  # noqa: SIM118 - a message is no mapping
        raise MailRefused("a header of the letter would become several; nothing was sent")


def _literal(text: str) -> str:
    """Keep what looks like an encoded word from being decoded: a reader sees it as it was written, with a space."""
    return text.replace(_ENCODED, "= ?")


def _usable(sender: str) -> str:
    address = sender_address(sender)
    if not _ADDRESS.fullmatch(address) or len(sender.splitlines()) > 1 or len(address) > _LONGEST_ADDRESS:
        raise MailServerTrouble(f"MAIL_FROM {sender!r} is unusable; it looks like School <mail@school.example>")
    if _ENCODED in sender:
        raise MailServerTrouble(f"MAIL_FROM {sender!r} has an encoded word in it; write the name itself, in UTF-8")
    return sender


def _masked(address: str) -> str:
    """Show of an address what helps to find it, and names nobody: errors are kept for weeks."""
    local, at, domain = address.rpartition("@")
    return f"{local[:1]!r}…{at}{domain[:1]}… ({len(address)} characters)" if at else f"({len(address)} characters)"


def _ascii(domain: str, address: str) -> str:
    try:
        host = domain.encode("idna").decode()
    except UnicodeError:
        raise MailRefused(f"the recipient {_masked(address)} has no usable domain") from None
    if not _HOST.fullmatch(host):
        raise MailRefused(f"the recipient {_masked(address)} has no usable domain")
    return host


def _unbroken(text: str) -> str:
    """Replace halves of characters, which no message can carry."""
    return text.encode("utf-8", "replace").decode()
