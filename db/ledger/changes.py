"""Who changed what of an entry and why, with what was before and what is after."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import text

if TYPE_CHECKING:
    from sqlalchemy import Connection

_CHANGE = text("""
INSERT INTO bellwork.entry_changes (entry, what, who, why, before, after)
VALUES (:entry, :what, :who, :why, CAST(:before AS jsonb), CAST(:after AS jsonb))
""")
_CHANGES = text("SELECT * FROM bellwork.entry_changes WHERE entry = :entry ORDER BY id DESC LIMIT :limit")


class ChangedBy(NamedTuple):
    """The account that changes something, and the reason; both are kept with the change."""

    who: str
    why: str


def note_change(
    conn: Connection,
    entry: str,
    what: str,
    changed_by: ChangedBy,
    *states: dict[str, Any],
) -> None:
    """Record who changed what of an entry and why; `states` are what was before and what is after, or less."""
    before, after, *_ = (json.dumps(state, default=str) for state in (*states, {}, {}))
    change = {"entry": entry, "what": what, **changed_by._asdict(), "before": before, "after": after}
    conn.execute(_CHANGE, change)


def list_changes(conn: Connection, entry: str, limit: int) -> list[dict[str, Any]]:
    """List the newest changes of an entry, the newest first."""
    return [dict(row) for row in conn.execute(_CHANGES, {"entry": entry, "limit": limit}).mappings()]
