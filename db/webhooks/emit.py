"""Emits an event in the caller's transaction: a delivery for each endpoint that wants it, and its job."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from sqlalchemy import text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from sqlalchemy import Connection

_EMIT = text("SELECT bellwork.emit(:event_type, CAST(:ids AS jsonb), :key)")


def emit(conn: Connection, event_type: str, ids: Mapping[str, int | str | UUID], key: str | None = None) -> int:
    """Tell every endpoint that wants it of an event, if this transaction commits; returns how many new deliveries.

    `event_type` is like `enrollment.completed`; `ids` names things and never persons (`{"enrollment_id": 7}`), by
    names that end in `_id` or `_number`: whoever is told asks for the rest. With a `key`, what is emitted again of this
    type and key goes to no endpoint twice. Raises DBAPIError, with the reason in words, for anything else in `ids`.
    """
    asked = {"event_type": event_type, "ids": json.dumps(dict(ids), default=str), "key": key}
    return int(conn.execute(_EMIT, asked).scalar_one())
