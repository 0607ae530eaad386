"""A letter, whom it goes to, and what its message is called: the same key is always the same id."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from email.utils import getaddresses
from functools import lru_cache
from typing import TYPE_CHECKING, Protocol

from bellwork.tasks.providers.errors import MailRefused, MailTryLater, MailUnknown
from bellwork.tasks.providers.mail.verdict import without_addresses

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence

    #: Asked right before the end of a letter may reach the server; False: neither this one nor those after it.
    MayBegin = Callable[[], bool]
    MailFailure = MailRefused | MailTryLater | MailUnknown
    #: What became of one letter after the other: None, it was taken. To close it sends no more.
    Told = Generator[MailFailure | None, None, None]

ADDRESS = re.compile(r"[^\s@<>()\[\],;:\\\"|]{1,64}@[^\s@<>()\[\],;:\\\"|/]{1,255}")
_HOST = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)(?:\.(?!-)[a-z0-9-]{1,63}(?<!-))*", re.IGNORECASE)
_LONGEST_BODY = 1_000_000
#: A path is at most 256 octets with its angle brackets (RFC 5321, 4.5.3.1.3); no library here counts them.
LONGEST_ADDRESS = 254
#: How an encoded word begins (RFC 2047).
ENCODED = "=?"


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

    def send_each(self, letters: Sequence[Letter], may_begin: MayBegin) -> Told:
        """Hand over letters, one after the other, until one may not begin."""


def in_turn(send: Callable[[Letter], None], letters: Sequence[Letter], may_begin: MayBegin) -> Told:
    """Send letters by what sends one."""
    for letter in letters:
        if not may_begin():
            return
        try:
            send(letter)
        except (MailRefused, MailTryLater, MailUnknown) as failure:
            yield failure
        # Whoever breaks before the end of a letter has not sent it, and says so by one of the above afterwards.
        except Exception as surprise:  # noqa: BLE001
            yield MailTryLater(f"it could not be offered: {without_addresses(str(surprise))}")
        else:
            yield None


def recipient(to: str) -> str:
    """Return the one plain address that a letter goes to, its domain as ASCII; raises MailRefused for anything else."""
    address = to.strip()
    if to != address or not ADDRESS.fullmatch(address):
        raise MailRefused(f"the recipient is not exactly one e-mail address: {_masked(to)}")
    local, _, domain = address.rpartition("@")
    host = _ascii(domain)
    if host is None:
        raise MailRefused(f"the recipient {_masked(address)} has no usable domain")
    if (
        not local.isascii()
        or not local.isprintable()
        or local.startswith(".")
        or local.endswith(".")
        or ".." in local
        or ENCODED in local
    ):
        raise MailRefused(f"the part before the @ of the recipient {_masked(address)} is not usable")
    if len(local) + 1 + len(host) > LONGEST_ADDRESS:
        raise MailRefused(f"the recipient {_masked(address)} is longer than the {LONGEST_ADDRESS} that SMTP can carry")
    return f"{local}@{host}"


def check_letter(letter: Letter) -> None:
    """Raise MailRefused for a letter that no message could be made of, whoever sends it."""
    for name, value in (("subject", letter.subject), ("key", letter.key), ("link", letter.unsubscribe or "")):
        if any(char in value for char in "\r\n\0"):
            raise MailRefused(f"the {name} {value[:80]!r} has a line break in it")
    if letter.unsubscribe and not letter.unsubscribe.isascii():
        raise MailRefused(f"the link {letter.unsubscribe[:80]!r} is not in ASCII")
    if len(letter.text) + len(letter.html or "") > _LONGEST_BODY:
        raise MailRefused(f"the letter {letter.key!r} is longer than {_LONGEST_BODY} characters")


def message_id(key: str, sender: str, local: str | None = None) -> str:
    """Name the message of a key."""
    domain = sender_address(sender).rpartition("@")[2] or "localhost"
    return f"<{local or fingerprint(key)}@{domain}>"


@lru_cache(maxsize=16)
def sender_address(sender: str) -> str:
    """Return the bare address of MAIL_FROM; empty where it does not hold exactly one."""
    found = [address for _, address in getaddresses([sender])]
    return found[0] if len(found) == 1 else ""


def fingerprint(key: str) -> str:
    """Return the SHA-256 of a key, in hexadecimal."""
    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()


def _masked(address: str) -> str:
    """Show of an address what helps to find it, and names nobody: errors are kept for weeks."""
    local, at, domain = address.rpartition("@")
    return f"{local[:1]!r}…{at}{domain[:1]}… ({len(address)} characters)" if at else f"({len(address)} characters)"


@lru_cache(maxsize=1_000)
def _ascii(domain: str) -> str | None:
    try:
        host = domain.encode("idna").decode()
    except UnicodeError:
        return None
    return host if _HOST.fullmatch(host) else None
