"""Invitations: whoever has an account without a password sets one by a token that works once, for fourteen days.

The token stands in the letter and nowhere else; the table holds its SHA-256. It is made when the letter is about to go,
so that its days begin then; of several letters, the last one's token counts.
"""

from __future__ import annotations

import hashlib
import secrets
from typing import TYPE_CHECKING, NamedTuple

from bellwork.db.sql import sql

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

#: Days that a token works.
DAYS = 14
#: Random bytes in a token.
_BYTES = 32
_INVITE = """
INSERT INTO {content}.invitations (user_id) SELECT unnest(CAST(:users AS text[])) ON CONFLICT DO NOTHING
RETURNING user_id
"""
_OPEN = """i.user_id = :user AND i.redeemed_at IS NULL
  AND u.id = i.user_id AND u.is_active AND u.deleted_at IS NULL AND u.password_hash = '!'"""
_MAKE = f"""
UPDATE {{content}}.invitations i SET token_hash = :hash, expires_at = now() + make_interval(days => {DAYS})
FROM {{content}}.users u LEFT JOIN {{content}}.organizations o ON o.id = u.org_id WHERE {_OPEN}
RETURNING u.email, u.first_name, o.name AS school, i.expires_at
"""  # noqa: S608 - fragments of ours, values are bound


class Invited(NamedTuple):
    """Whom a token was made for, and until when it works."""

    token: str
    email: str
    first_name: str
    school: str | None
    expires_at: datetime


def invite(conn: Connection, users: Sequence[str]) -> list[str]:
    """Note that these users are to be invited, in one statement; returns those who were not yet."""
    return list(conn.execute(sql(_INVITE), {"users": list(users)}).scalars())


def make_token(conn: Connection, user_id: str) -> Invited | None:
    """Make a user's token, in place of the one before; None where he is not to be invited (any more)."""
    token = secrets.token_urlsafe(_BYTES)
    asked = {"user": user_id, "hash": hashlib.sha256(token.encode()).digest()}
    row = conn.execute(sql(_MAKE), asked).one_or_none()
    return Invited(token, *row) if row else None
