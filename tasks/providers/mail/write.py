"""A letter as the bytes of its message (RFC 5322, 2045 to 2047): exactly its own headers, each once, and its words.

The library's EmailMessage makes the same in ten times the time, which is more than a mail server needs to take it; a
test holds the two equal as a reader reads them.
"""

from __future__ import annotations

import re
import secrets
from base64 import b64encode, encodebytes
from binascii import b2a_qp
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate
from functools import lru_cache
from textwrap import wrap

from bellwork.tasks.providers.errors import MailRefused, MailServerTrouble
from bellwork.tasks.providers.mail.letter import (
    ADDRESS,
    ENCODED,
    LONGEST_ADDRESS,
    Letter,
    check_letter,
    message_id,
    recipient,
    sender_address,
)

_LONGEST_SUBJECT = 400
#: A line is at most 998 octets, and should be at most 78 (RFC 5322, 2.1.1).
_LONGEST_LINE, _LINE = 998, 72
#: Octets of one encoded word, which is at most 75 characters long and holds whole characters (RFC 2047, 2 and 5).
_WORD = 45
#: What no line of a header looks like: empty, begun with white space, broken, or too long.
_BROKEN = re.compile(rb"^(?![^\s])|[\r\n\0]|^.{999}", re.DOTALL)
_CONTROL = re.compile(rb"[^\t\n\x20-\x7e]")


def write(letter: Letter, sender: str) -> bytes:
    """Return the letter as a message; its Message-ID is a hash of its key, so that servers see repeats as the same.

    Raises MailRefused for a letter that no message can be made of, MailServerTrouble for an unusable sender.
    """
    check_letter(letter)
    headers = [
        _from(sender),
        f"To: {recipient(letter.to)}".encode("ascii"),
        b"Subject: " + _subject(letter.subject),
        f"Date: {formatdate(usegmt=True)}".encode("ascii"),
        f"Message-ID: {message_id(letter.key, sender, letter.message_id)}".encode("ascii"),
        b"Auto-Submitted: auto-generated",
        b"MIME-Version: 1.0",
    ]
    if letter.unsubscribe:
        headers.append(f"List-Unsubscribe: <{letter.unsubscribe}>".encode("ascii"))
        headers.append(b"List-Unsubscribe-Post: List-Unsubscribe=One-Click")
    plain, text = _part("plain", letter.text)
    if letter.html is None:
        return _joined([*headers, *plain], text)
    rich, html = _part("html", letter.html)
    border = secrets.token_hex(16).encode()
    headers.append(b'Content-Type: multipart/alternative; boundary="%b"' % border)
    parts = [b"--%b\r\n%b" % (border, _joined(head, body)) for head, body in ((plain, text), (rich, html))]
    return _joined(headers, b"\r\n".join([*parts, b"--%b--\r\n" % border]))


def _joined(headers: list[bytes], body: bytes) -> bytes:
    """Put headers before a body; each is one as a server reads it: a line, and others that go on after a space."""
    for header in headers:
        first, *more = header.split(b"\r\n")
        lines = [first, *(line.removeprefix(b" ") for line in more)]
        if any(_BROKEN.search(line) for line in lines) or not all(line.startswith(b" ") for line in more):
            raise MailRefused("a header of the letter would become several; nothing was sent")
    return b"\r\n".join([*headers, b"", body])


def _subject(subject: str) -> bytes:
    words = " ".join(_unbroken(subject).replace(ENCODED, "= ?").split())[:_LONGEST_SUBJECT]
    if words.isascii() and words.isprintable():
        if len(words) <= _LINE - len("Subject: "):
            return words.encode()
        lines = wrap(words, _LINE - len("Subject: "), break_long_words=False, break_on_hyphens=False)
        return "\r\n ".join(lines).encode()
    return b"\r\n ".join(b"=?utf-8?b?%b?=" % b64encode(word) for word in _pieces(words))


def _pieces(words: str) -> list[bytes]:
    pieces = [b""]
    for char in words:
        octets = char.encode()
        if len(pieces[-1]) + len(octets) > _WORD:
            pieces.append(b"")
        pieces[-1] += octets
    return pieces


def _part(kind: str, words: str) -> tuple[list[bytes], bytes]:
    """Return the headers and the body of a text, in lines that every server takes."""
    lines = _unbroken(words).encode().splitlines() or [b""]
    body = b"\n".join([*lines, b""])
    if max(map(len, lines)) <= _LONGEST_LINE and not _CONTROL.search(body):
        way = b"7bit"
    elif 3 * len(_CONTROL.findall(body)) <= len(body):
        way, body = b"quoted-printable", b2a_qp(body, istext=True)
    else:
        way, body = b"base64", encodebytes(body.replace(b"\n", b"\r\n"))
    charset = b"us-ascii" if way == b"7bit" else b"utf-8"
    head = [b'Content-Type: text/%b; charset="%b"' % (kind.encode(), charset), b"Content-Transfer-Encoding: " + way]
    return head, body.replace(b"\n", b"\r\n")


@lru_cache(maxsize=16)
def _from(sender: str) -> bytes:
    address = sender_address(sender)
    if not ADDRESS.fullmatch(address) or len(sender.splitlines()) > 1 or len(address) > LONGEST_ADDRESS:
        raise MailServerTrouble(f"MAIL_FROM {sender!r} is unusable; it looks like School <mail@school.example>")
    if ENCODED in sender:
        raise MailServerTrouble(f"MAIL_FROM {sender!r} has an encoded word in it; write the name itself, in UTF-8")
    message = EmailMessage(policy=SMTP)
    message["From"] = sender
    return message.as_bytes().partition(b"\r\n\r\n")[0].rstrip(b"\r\n")


def _unbroken(text: str) -> str:
    """Replace halves of characters, which no message can carry."""
    return text.encode("utf-8", "replace").decode()
