"""What operators do to an entry: pause, resume, skip ticks, run it now, give it another expression; each is recorded.

Each function locks the entry, decides what is due of it under the old state, and only then changes it, in the
caller's transaction: no tick is lost between two states.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from bellwork.db.ledger import (
    Decision,
    NewJob,
    Plan,
    enqueue,
    lock_entry,
    note_change,
    update_entry,
    write_plan,
)
from bellwork.scheduler.cron import BadSchedule, read
from bellwork.scheduler.rounds import give_up, offer, settle

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from bellwork.db.ledger import ChangedBy, StoredEntry


class NotPossible(RuntimeError):  # noqa: N818 - the word says what it is
    """What was asked of an entry cannot be done as it stands; the message says why."""


def pause(conn: Connection, key: str, by: ChangedBy) -> bool:
    """Let no tick of an entry run any more, each gets a row that says so; False if it was paused before."""
    entry = _entry(conn, key, by.who)
    if entry.paused_at:
        return False
    update_entry(conn, key, paused_at=entry.now, paused_by=by.who, pause_reason=by.why)
    note_change(conn, key, "paused", by)
    return True


def resume(conn: Connection, key: str, by: ChangedBy) -> bool:
    """Let an entry go on with its next tick: those of the pause stay as they are. False if it was not paused."""
    entry = _entry(conn, key, by.who)
    if not entry.paused_at:
        return False
    update_entry(conn, key, paused_at=None, paused_by=None, pause_reason=None)
    before = {"paused_at": entry.paused_at, "paused_by": entry.paused_by, "reason": entry.pause_reason}
    note_change(conn, key, "resumed", by, before)
    return True


def skip(conn: Connection, key: str, count: int, by: ChangedBy) -> list[datetime]:
    """Decide the next `count` ticks of an entry in advance: they do not run. Returns which; BadSchedule as `read`."""
    entry = _entry(conn, key, by.who)
    walk = read(*entry.rule).ticks(entry.next_tick)
    ticks = [entry.next_tick, *(next(walk) for _ in range(count - 1))]
    skipped = tuple(Decision(tick, "skipped", f"skipped by {by.who}: {by.why}") for tick in ticks)
    write_plan(conn, entry, Plan(skipped, next(walk), waiting=entry.waiting), by.who)
    note_change(conn, key, "skipped", by, {}, {"ticks": ticks})
    return ticks


def run(conn: Connection, key: str, by: ChangedBy) -> int:
    """Enqueue the entry's job now, beside its ticks; returns the job. NotPossible while its last job is unfinished."""
    entry = _entry(conn, key, by.who)
    # One that an older release enqueued holds the key without its prefix.
    due = [] if entry.busy else enqueue(conn, [NewJob(actor=entry.actor, args=entry.args, unique_key=entry.job_key)])
    if not due:
        raise NotPossible(f"entry {key!r} was not run: its job {entry.busy or ''} is unfinished")
    note_change(conn, key, "run", by, {}, {"job_id": due[0].id})
    offer(due)
    return due[0].id


def set_rule(
    conn: Connection, key: str, by: ChangedBy, cron: str | None = None, zone: str | None = None
) -> StoredEntry:
    """Give an entry another expression, another zone or both until `unset_rule`; a deploy leaves that as it is.

    Its ticks follow it from now on. Raises BadSchedule, and changes nothing, for what cannot be read.
    """
    entry = _entry(conn, key, by.who)
    set_cron, set_zone = cron or entry.set_cron, zone or entry.set_zone
    rule = read(set_cron or entry.cron, set_zone or entry.zone, entry.clock_change)
    if entry.next_tick <= entry.now:
        give_up(conn, entry, by.who)
    columns = {"set_cron": set_cron, "set_zone": set_zone, "set_by": by.who, "set_why": by.why, "set_at": entry.now}
    update_entry(conn, key, next_tick=rule.next(entry.now), **columns)
    before = {"cron": entry.rule[0], "zone": entry.rule[1]}
    after = {"cron": set_cron or entry.cron, "zone": set_zone or entry.zone}
    note_change(conn, key, "set", by, before, after)
    return _entry(conn, key, by.who)


def unset_rule(conn: Connection, key: str, by: ChangedBy) -> StoredEntry:
    """Let an entry follow what the code declares again; NotPossible if nothing else was set."""
    entry = _entry(conn, key, by.who)
    if not entry.set_at:
        raise NotPossible(f"entry {key!r} follows the code already: {entry.cron!r} in {entry.zone}")
    next_tick = read(entry.cron, entry.zone, entry.clock_change).next(entry.now)
    if entry.next_tick <= entry.now:
        give_up(conn, entry, by.who)
    columns = dict.fromkeys(("set_cron", "set_zone", "set_by", "set_why", "set_at"))
    update_entry(conn, key, next_tick=next_tick, **columns)
    before = {"cron": entry.rule[0], "zone": entry.rule[1]}
    note_change(conn, key, "unset", by, before, {"cron": entry.cron, "zone": entry.zone})
    return _entry(conn, key, by.who)


def _entry(conn: Connection, key: str, who: str) -> StoredEntry:
    """Lock an entry with nothing due; where its rule cannot be read, what is due stays due."""
    with suppress(BadSchedule):
        while (entry := lock_entry(conn, key)) and not entry.retired_at and entry.next_tick <= entry.now:
            settle(conn, entry, who)
    if entry is None or entry.retired_at:
        raise NotPossible(f"there is no entry {key!r}; `bellwork schedule list` shows what there is")
    return entry
