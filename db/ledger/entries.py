"""The calendar's entries in the ledger: declared by code, changed by operators, each change with who and why."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from bellwork.db.refusal import ENTRY_KEYS

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

#: Milliseconds that the decision of one entry waits for a lock: what it locks is free, unless a session holds it open.
PATIENCE = 100
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
# A job of a release before keys had a prefix carries the bare key, which callers may take, too: its actor tells.
_HOLDER = f"""
    SELECT j.id, j.actor FROM bellwork.jobs j WHERE j.unique_key = '{ENTRY_KEYS}' || e.key
    UNION ALL SELECT j.id, j.actor FROM bellwork.jobs j WHERE j.unique_key = e.key AND j.actor = e.actor LIMIT 1
"""  # noqa: S608 - the prefix is ours
# Named one by one: a later release may add columns, and this one goes on beside it.
_KEPT = (
    "version",
    "set_cron",
    "set_zone",
    "set_by",
    "set_why",
    "set_at",
    "paused_at",
    "paused_by",
    "pause_reason",
    "next_tick",
    "waiting",
    "known_since",
    "retired_at",
)
_SHOWN = f"""
SELECT {", ".join(f"e.{name}" for name in DECLARED + _KEPT)},
    holder.id AS busy, holder.actor AS busy_actor, now() AS now
FROM bellwork.entries e LEFT JOIN LATERAL ({_HOLDER}) AS holder ON true
"""  # noqa: S608 - the names stand above
# For one transaction: a session with a lock that a decision wants holds up this one entry, and no other for long.
_HURRY = text("SELECT set_config('lock_timeout', :milliseconds, true)")
_LIST = text(f"{_SHOWN} WHERE retired_at IS NULL OR :retired ORDER BY key")
_LOCK = text(f"{_SHOWN} WHERE key = :key FOR UPDATE OF e")
_LOCK_DUE = text(f"""{_SHOWN}
WHERE key = :key AND retired_at IS NULL AND (next_tick <= now() OR waiting IS NOT NULL) FOR UPDATE OF e SKIP LOCKED
""")
# Two questions, each with an index of its own: this is asked five times a second, of ten entries or ten thousand.
_DUE = text(f"""
SELECT key, next_tick FROM bellwork.entries WHERE retired_at IS NULL AND next_tick <= now()
UNION
SELECT key, next_tick FROM bellwork.entries e WHERE waiting IS NOT NULL AND retired_at IS NULL
    AND (paused_at IS NOT NULL OR NOT EXISTS ({_HOLDER}))
ORDER BY next_tick
""")  # noqa: S608 - as above
_SKIPPED = text("SELECT tick FROM bellwork.ticks WHERE entry = :key AND tick > now() AND decided_at <= now()")
_FORGET_AHEAD = text("""
DELETE FROM bellwork.ticks WHERE entry = :key AND tick > now() AND decided_at > now()
    AND outcome IN ('missed', 'overlapped', 'paused')
""")
# It conflicts with itself alone: rows are read and changed beside it. A role that may not change them cannot hold it.
_LOCK_ALL = text("LOCK TABLE bellwork.entries IN SHARE UPDATE EXCLUSIVE MODE")
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
    """A row of the calendar, with the unfinished job that holds its key (`busy`, `busy_actor`) and PostgreSQL's `now`.

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
    busy_actor: str | None
    now: datetime

    @property
    def source(self) -> str:
        """The word of the system that declares it: its key begins so."""
        return self.key.partition(".")[0]

    @property
    def job_key(self) -> str:
        """The unique key of its jobs, in a name space that no caller can use."""
        return f"{ENTRY_KEYS}{self.key}"

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
    """Lock an entry that has a tick to be decided; None if it has none, or another scheduler is just deciding it.

    The caller's transaction waits for no other lock for longer than 100 ms.
    """
    hurry(conn)
    row = conn.execute(_LOCK_DUE, {"key": key}).mappings().first()
    return StoredEntry(**row) if row else None


def hurry(conn: Connection) -> None:
    """Wait for no lock for longer than 100 ms, until the transaction ends."""
    conn.execute(_HURRY, {"milliseconds": str(PATIENCE)})


def lock_entry(conn: Connection, key: str) -> StoredEntry | None:
    """Lock an entry for a change and wait for schedulers that decide it just now; None if there is none of this key."""
    row = conn.execute(_LOCK, {"key": key}).mappings().first()
    return StoredEntry(**row) if row else None


def skipped_ahead(conn: Connection, key: str) -> set[datetime]:
    """Return the ticks to come of an entry that an operator decided in advance."""
    return set(conn.execute(_SKIPPED, {"key": key}).scalars())


def forget_ahead(conn: Connection, key: str) -> int:
    """Forget that ticks to come did not run, where a clock that was ahead decided so; returns how many they are."""
    return conn.execute(_FORGET_AHEAD, {"key": key}).rowcount


def lock_calendar(conn: Connection) -> datetime:
    """Let no other scheduler bring its table until the transaction ends; returns the moment that it counts from.

    That is the transaction's now, up to which due ticks are decided: between the two no tick can fall.
    """
    conn.execute(_LOCK_ALL)
    now: datetime = conn.execute(text("SELECT now()")).scalar_one()
    return now


def declare(conn: Connection, declared: dict[str, Any], next_tick: datetime) -> None:
    """Write what code says of an entry, new or known; a retired one is back, and owes nothing for the time between."""
    conn.execute(_DECLARE, {**declared, "args": json.dumps(declared["args"]), "next_tick": next_tick})


def update_entry(conn: Connection, key: str, **columns: Any) -> None:
    """Set columns of an entry that the caller has locked."""
    names = ", ".join(f"{name} = :{name}" for name in columns)
    conn.execute(text(f"UPDATE bellwork.entries SET {names} WHERE key = :key"), {"key": key, **columns})  # noqa: S608
