"""Decides what becomes of the ticks that are due: a job each, or a row that says why not. It reads and writes nothing.

Nothing depends on the clock of this machine: due is what PostgreSQL's now has passed.
"""

from __future__ import annotations

from collections import deque
from datetime import timedelta
from itertools import chain, takewhile
from typing import TYPE_CHECKING

from bellwork.db.ledger import Decision, Plan
from bellwork.scheduler.cron import read

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from bellwork.db.ledger import StoredEntry
    from bellwork.scheduler.cron import Schedule

#: A tick that is decided before this time has passed was not missed; no two of an entry are that close together.
PUNCTUAL = timedelta(seconds=60)
#: Ticks decided in one transaction; those of a long silence take several.
BATCH = 500
_INSTANT = timedelta(microseconds=1)


def plan(entry: StoredEntry) -> Plan:
    """Decide the due ticks of a stored entry, BATCH of them at most; the plan's next tick is due if there are more.

    Raises BadSchedule where the stored expression or its zone cannot be read here.
    """
    schedule = read(*entry.rule)
    ticks, following = due(entry, schedule)
    wanted = _wanted(schedule, entry, ticks, following)
    decisions = [_decision(entry, tick, tick in wanted) for tick in ticks]
    return _overlap(entry, decisions, following)


def due(entry: StoredEntry, schedule: Schedule) -> tuple[list[datetime], datetime]:
    """Return the due ticks, the oldest first and BATCH at most, and the one that follows them."""
    ticks: list[datetime] = []
    following = entry.next_tick
    walk = schedule.ticks(following)
    while following <= entry.now and len(ticks) < BATCH:
        ticks.append(following)
        following = next(walk)
    return ticks, following


def lateness(seconds: float) -> str:
    """Say how late a tick was decided, in the largest unit that fits."""
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds // size:.0f} {unit}"
    return f"{seconds:.0f} s"


def _wanted(schedule: Schedule, entry: StoredEntry, ticks: Sequence[datetime], following: datetime) -> set[datetime]:
    """Return the ticks that are to run, as far as it is the clock that decides."""
    window = PUNCTUAL if entry.missed == "none" else timedelta(hours=entry.window_hours)
    if entry.missed == "all":
        oldest = entry.now - window
        walk = chain([entry.next_tick], schedule.ticks(max(entry.next_tick, oldest - _INSTANT)))
        owed = deque(takewhile(lambda tick: tick <= entry.now, walk), maxlen=entry.most)
        return {tick for tick in ticks if owed and tick >= max(owed[0], oldest)}
    latest = [tick for tick in ticks[-1:] if following > entry.now]
    return {tick for tick in latest if entry.now - tick <= window}


def _decision(entry: StoredEntry, tick: datetime, wanted: bool) -> Decision:  # noqa: FBT001 - two kinds of tick
    late = entry.now - tick
    if entry.paused_at and tick >= entry.paused_at:
        return Decision(tick, "paused", f"paused by {entry.paused_by}: {entry.pause_reason}")
    if not wanted:
        return Decision(tick, "missed", f"decided {lateness(late.total_seconds())} late; {_rule(entry)}")
    if late >= PUNCTUAL:
        key = f"{entry.job_key}@{tick.isoformat()}" if entry.missed == "all" else entry.job_key
        return Decision(tick, "enqueued", f"caught up {lateness(late.total_seconds())} late", key)
    return Decision(tick, "enqueued", None, entry.job_key)


def _rule(entry: StoredEntry) -> str:
    hours = f"{entry.window_hours:g} h"
    return {
        "none": "missed ticks are left out",
        "latest": f"only the latest runs, up to {hours} late",
        "all": f"the last {entry.most} run, up to {hours} late",
    }[entry.missed]


def _overlap(entry: StoredEntry, decisions: list[Decision], following: datetime) -> Plan:
    """Look at the job that is unfinished: at most one decision, the latest, wants to run under the entry's own key."""
    settled, busy = _settle_waiting(entry)
    waiting = None if settled else entry.waiting
    cancel, last = None, decisions[-1] if decisions else None
    if last and last.key == entry.job_key and busy:
        if entry.overlap == "skip":
            decisions[-1] = Decision(last.tick, "overlapped", f"{busy} is unfinished")
        elif entry.overlap == "cancel":
            settled, cancel = _displaced(entry, last.tick) or settled, entry.busy
        else:
            settled = settled or _displaced(entry, last.tick)
            decisions[-1] = Decision(last.tick, "waiting", f"{busy} is unfinished")
            waiting = last.tick
    return Plan(tuple(decisions), following, settled, waiting, cancel)


def _settle_waiting(entry: StoredEntry) -> tuple[Decision | None, str | None]:
    """Decide the tick that waited, if its time has come; returns the decision, and the job that is unfinished now."""
    busy = _holder(entry)
    if entry.waiting is None:
        return None, busy
    if entry.paused_at:
        why = f"paused by {entry.paused_by} while it waited: {entry.pause_reason}"
        return Decision(entry.waiting, "paused", why), busy
    if busy:
        return None, busy
    reason = f"waited {lateness((entry.now - entry.waiting).total_seconds())} for the job before it"
    return Decision(entry.waiting, "enqueued", reason, entry.job_key), f"the job of {entry.waiting:%H:%M:%S}Z"


def _displaced(entry: StoredEntry, by: datetime) -> Decision | None:
    if entry.waiting is None:
        return None
    return Decision(entry.waiting, "overlapped", f"the tick of {by.isoformat()} took its place in the queue of one")


def _holder(entry: StoredEntry) -> str | None:
    """Name the unfinished job that holds the entry's key, with its actor where that is another one."""
    if entry.busy is None:
        return None
    return f"job {entry.busy}" + (f" of {entry.busy_actor!r}" if entry.busy_actor != entry.actor else "")
