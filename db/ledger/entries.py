"""What recurs, as the books have it: declared by code, changed by operators, each change with who and why."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

#: Any number would do, as long as every scheduler that brings its table takes this one.
LOCK = int.from_bytes(b"bellcal")
#: What a scheduler's table says of an entry; the rest of the row belongs to operators and to the ticks.
DECLARED = (
    "key",
    "cron",
    "zone",
    "actor",
    "args",
    "missed",
    "most",
    "window_hours",
    "overlap",
    "clock_change",
    "purpose",
)
_SHOWN = """
SELECT e.*, (SELECT j.id FROM bellwork.jobs j WHERE j.unique_key = e.key) AS busy, now() AS now
FROM bellwork.entries e
"""
_LIST = text(f"{_SHOWN} WHERE retired_at IS NULL OR :retired ORDER BY key")
_LOCK = text(f"{_SHOWN} WHERE key = :key FOR UPDATE OF e")
_LOCK_DUE = text(f"""{_SHOWN}
WHERE key = :key AND retired_at IS NULL AND (next_tick <= now() OR waiting IS NOT NULL) FOR UPDATE OF e SKIP LOCKED
""")
# Two questions, each with an index of its own: this is asked five times a second, of ten entries or ten thousand.
_DUE = text("""
SELECT key, next_tick FROM bellwork.entries WHERE retired_at IS NULL AND next_tick <= now()
UNION
SELECT key, next_tick FROM bellwork.entries e WHERE waiting IS NOT NULL AND retired_at IS NULL
    AND (paused_at IS NOT NULL OR NOT EXISTS (SELECT FROM bellwork.jobs j WHERE j.unique_key = e.key))
ORDER BY next_tick
""")
_DECLARE = text(f"""
INSERT INTO bellwork.entries AS e ({", ".join(DECLARED)}, next_tick)
VALUES ({", ".join(f"CAST(:{name} AS jsonb)" if name == "args" else f":{name}" for name in DECLARED)}, :next_tick)
ON CONFLICT (key) DO UPDATE
SET {", ".join(f"{name} = excluded.{name}" for name in DECLARED[1:])}, next_tick = excluded.next_tick,
    version = e.version + 1, retired_at = NULL,
    known_since = CASE WHEN e.retired_at IS NULL THEN e.known_since ELSE now() END
""")  # noqa: S608 - the names stand above


@dataclass(frozen=True, slots=True)
class StoredEntry:
    """A row of the calendar, with the unfinished job that carries its key (`busy`) and PostgreSQL's `now`.

    `set_cron` and `set_zone` are what an operator set instead of what is declared; they count until withdrawn.
    """

    key: str
    cron: str
    zone: str
    actor: str
    args: dict[str, Any]
    missed: str
    most: int
    window_hours: float
    overlap: str
    clock_change: str
    purpose: str
    version: int
    set_cron: str | None
    set_zone: str | None
    set_by: str | None
    set_why: str | None
    set_at: datetime | None
    paused_at: datetime | None
    paused_by: str | None
    pause_reason: str | None
    next_tick: datetime
    waiting: datetime | None
    known_since: datetime
    retired_at: datetime | None
    busy: int | None
    now: datetime

    @property
    def rule(self) -> tuple[str, str, str]:
        """What the ticks follow: expression, zone, clock change."""
        return self.set_cron or self.cron, self.set_zone or self.zone, self.clock_change

    @property
    def declared(self) -> dict[str, Any]:
        """What code says of it."""
        return {name: getattr(self, name) for name in DECLARED}


def due_entries(conn: Connection) -> list[str]:
    """List the keys of entries that have a tick to be decided, the longest overdue first."""
    return list(conn.execute(_DUE).scalars())


def list_entries(conn: Connection, *, retired: bool = False) -> list[StoredEntry]:
    """List the entries by key; with `retired`, those that no code declares any more, too."""
    return [StoredEntry(**row) for row in conn.execute(_LIST, {"retired": retired}).mappings()]


def lock_due_entry(conn: Connection, key: str) -> StoredEntry | None:
    """Lock an entry that has a tick to be decided; None if it has none, or somebody is just deciding it."""
    row = conn.execute(_LOCK_DUE, {"key": key}).mappings().first()
    return StoredEntry(**row) if row else None


def lock_entry(conn: Connection, key: str) -> StoredEntry | None:
    """Lock an entry for a change and wait for those who decide it just now; None if there is none of this key."""
    row = conn.execute(_LOCK, {"key": key}).mappings().first()
    return StoredEntry(**row) if row else None


def lock_calendar(conn: Connection) -> datetime:
    """Let no other scheduler bring its table until the transaction ends; returns the moment that it counts from.

    That is the transaction's now, up to which due ticks are decided: between the two no tick can fall.
    """
    conn.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
    now: datetime = conn.execute(text("SELECT now()")).scalar_one()
    return now


def declare(conn: Connection, declared: dict[str, Any], next_tick: datetime) -> None:
    """Write what code says of an entry, new or known; a retired one is back, and owes nothing for the time between."""
    conn.execute(_DECLARE, {**declared, "args": json.dumps(declared["args"]), "next_tick": next_tick})


def update_entry(conn: Connection, key: str, **columns: Any) -> None:
    """Set columns of an entry that the caller has locked."""
    names = ", ".join(f"{name} = :{name}" for name in columns)
    conn.execute(text(f"UPDATE bellwork.entries SET {names} WHERE key = :key"), {"key": key, **columns})  # noqa: S608
