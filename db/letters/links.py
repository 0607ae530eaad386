"""The link by which the reader of a letter ends letters of its kind (RFC 8058); it names nobody.

A token is the letter's number and an HMAC-SHA-256 of it with MAIL_KEY, which proves the right. Without MAIL_KEY and
MAIL_URL there are no links.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from typing import TYPE_CHECKING

from sqlalchemy import text

from bellwork.db.settings import settings

if TYPE_CHECKING:
    from sqlalchemy import Connection

#: Where the web process answers, below MAIL_URL.
PATH = "/unsubscribe"
_TOKEN = re.compile(r"([1-9][0-9]{0,18})\.([A-Za-z0-9_-]{43})")
_UNSUBSCRIBE = text("SELECT bellwork.unsubscribe(:letter)")


def link_of(letter: int) -> str | None:
    """Return the address that ends letters of this one's kind for its reader; None where the settings lack one."""
    chosen = settings()
    if not chosen.mail_url or not chosen.mail_key:
        return None
    return f"{chosen.mail_url.rstrip('/')}{PATH}/{letter}.{_proof(chosen.mail_key, letter)}"


def letter_of(token: str) -> int | None:
    """Return the letter that a token was made for; None for one that was not made with MAIL_KEY."""
    key, found = settings().mail_key, _TOKEN.fullmatch(token)
    if not key or not found or int(found[1]) >= 1 << 63:
        return None
    letter = int(found[1])
    return letter if hmac.compare_digest(_proof(key, letter), found[2]) else None


def unsubscribe(conn: Connection, letter: int) -> bool:
    """End letters of this one's kind for its reader, and have its system told; False where there is no such letter.

    Twice is as good as once. `letter` has to come from letter_of: here nobody asks for a proof any more.
    """
    return bool(conn.execute(_UNSUBSCRIBE, {"letter": letter}).scalar_one())


def _proof(key: str, letter: int) -> str:
    digest = hmac.digest(key.encode(), f"unsubscribe:{letter}".encode(), hashlib.sha256)
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
