"""How entries stand: their state in a few words, their next times, and all of it as data."""

from __future__ import annotations

from itertools import chain, islice
from typing import TYPE_CHECKING, Any

from bellwork.ops import words
from bellwork.ops.look.picture import OVERDUE
from bellwork.scheduler.cron import BadSchedule, read

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from bellwork.db.ledger import StoredEntry


def as_data(entry: StoredEntry, last: dict[str, Any] | None) -> dict[str, Any]:
    """Return an entry as plain data, with its next five times in UTC and in its own zone."""
    names = [name for name in entry.__slots__ if name not in {"now", "busy", "busy_actor"}]
    cron, zone, _ = entry.rule
    times = next_times(entry)
    return {
        **{name: getattr(entry, name) for name in names},
        "rule": {"cron": cron, "zone": zone},
        "state": state(entry),
        "unfinished_job": entry.busy,
        "next": [{"utc": at, "local": local} for at, local in times],
        "last": last,
    }


def entries(found: Sequence[StoredEntry], last: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    """Return entries, each with its last tick by its key: the document of `schedule list --json`."""
    return {"entries": [as_data(entry, last.get(entry.key)) for entry in found]}


def next_times(entry: StoredEntry, count: int = 5) -> list[tuple[datetime, datetime]]:
    """Return the next times of an entry as (UTC, local); none where its rule cannot be read here, or it is retired."""
    try:
        schedule = read(*entry.rule)
    except BadSchedule:
        return []
    walk = chain([entry.next_tick], schedule.ticks(entry.next_tick))
    return [] if entry.retired_at else [(at, at.astimezone(schedule.zone)) for at in islice(walk, count)]


def state(entry: StoredEntry) -> str:
    """Say in a few words how an entry stands."""
    if entry.retired_at:
        return f"retired {words.moment(entry.retired_at)}"
    if entry.paused_at:
        return f"paused by {entry.paused_by}: {entry.pause_reason}"
    try:
        read(*entry.rule)
    except BadSchedule as error:
        return f"cannot be read: {error}"
    if is_overdue(entry):
        late = (entry.now - entry.next_tick).total_seconds()
        return f"overdue for {words.duration(late)}: no scheduler decides it"
    return f"the tick of {words.moment(entry.waiting)} waits for job {entry.busy}" if entry.waiting else "on time"


def why(tick: dict[str, Any]) -> str:
    """Say why a tick came to what it came to: the reason of its decision, and what its job failed of."""
    failed = tick["job_error"] if tick["job_state"] != "done" else None
    return "; ".join(said for said in (tick["reason"], failed) if said)


def came_of(tick: dict[str, Any]) -> str:
    """Say in a word what became of a tick: of its job where it got one, else why it got none."""
    if tick["outcome"] != "enqueued":
        return str(tick["outcome"])
    if tick["job_id"] and not tick["job_state"]:
        return "not kept"
    return str(tick["job_state"] or "enqueued")


def is_odd(entry: StoredEntry, state_: str, ticks: Sequence[dict[str, Any]]) -> bool:
    """Tell whether somebody may want to look at an entry: for how it stands, or for what became of its last tick."""
    odd = {"dead", "cancelled", "missed", "overlapped"}
    return state_ != "on time" or bool(entry.set_at) or bool(ticks and came_of(ticks[0]) in odd)


def is_overdue(entry: StoredEntry) -> bool:
    """Tell whether a tick of the entry is due for so long that no scheduler can be running."""
    return entry.retired_at is None and (entry.now - entry.next_tick).total_seconds() > OVERDUE
