"""Notices: what a person of any system is told in the application, each once."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection

_NOTIFY = text("""
INSERT INTO bellwork.notices (recipient, kind, key, body) VALUES (:recipient, :kind, :key, CAST(:body AS jsonb))
ON CONFLICT (kind, key) DO NOTHING RETURNING true
""")
_FORGET = text("DELETE FROM bellwork.notices WHERE recipient = :recipient")


def notify(conn: Connection, recipient: str, kind: str, key: str, body: Mapping[str, Any]) -> bool:
    """Tell somebody something in the caller's transaction, once for `kind` and `key`; False where that was told before.

    `recipient` is the id by which the system of `kind` ('courses.lab_ends') knows a person; `key` names what it is
    about.
    """
    asked = {"recipient": recipient, "kind": kind, "key": key, "body": json.dumps(body)}
    return bool(conn.execute(_NOTIFY, asked).scalar())


def forget_recipient(conn: Connection, recipient: str) -> int:
    """Delete what a person was told, in the caller's transaction; returns how many notices that were."""
    return conn.execute(_FORGET, {"recipient": recipient}).rowcount
