"""Brings the table of the code into the books: new entries from now on, changed ones forward only, gone ones retired.

Whatever was due under the old row is decided under the old row first: a deploy loses no tick and repeats none.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict
from typing import TYPE_CHECKING, get_args

from db import revision
from db.engine import transaction
from db.ledger import Decision, Hand, Plan, declare, list_entries, lock_calendar, lock_entry, note_change, update_entry
from db.ledger import write_plan as write
from scheduler.cron import BadSchedule, read
from scheduler.entries import ENTRIES, ClockChange, Missed, Overlap
from scheduler.rounds import give_up, name, settle
from scheduler.ticks import due

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from db.ledger import StoredEntry
    from scheduler.entries import Entry

#: The longest key, in bytes: with a tick's time behind it, it is the unique key of a job.
LONGEST_KEY = 150
#: Ticks that are caught up, and the hours they may be old: their rows must not be dropped before (a year and a month).
MOST, WIDEST = 1_000_000, 366 * 24
_GONE = "the code has the entry no more"


def check(entries: Sequence[Entry] = ENTRIES) -> None:
    """Raise BadSchedule, naming the entry, for a table that no scheduler may start with."""
    for key, count in Counter(entry.key for entry in entries).items():
        if count > 1:
            raise BadSchedule(f"{count} entries have the key {key!r}; give each its own")
    for entry in entries:
        if reason := _odd(entry):
            raise BadSchedule(f"entry {entry.key!r}: {reason}")


def synchronise(entries: Sequence[Entry] = ENTRIES) -> list[str]:
    """Write the table into the books; returns the keys whose rows were changed, none where all is as declared.

    A scheduler of an older release than the database changes nothing. What an operator set or paused stays.
    """
    check(entries)
    if revision.is_ahead():
        return []
    with transaction() as conn:
        now = lock_calendar(conn)
        stored = {entry.key: entry for entry in list_entries(conn, retired=True)}
        changed = [entry.key for entry in entries if _bring(conn, entry, stored.get(entry.key), now)]
        gone = stored.keys() - {entry.key for entry in entries}
        return changed + [key for key in sorted(gone) if _retire(conn, key)]


def _bring(conn: Connection, entry: Entry, stored: StoredEntry | None, now: datetime) -> bool:
    declared = asdict(entry)
    if stored is None or stored.retired_at:
        declare(conn, declared, read(entry.cron, entry.zone, entry.clock_change).next(now))
        what = "returned" if stored else "declared"
        note_change(conn, entry.key, what, Hand(name(), "the code has it"), {}, declared)
        return True
    if stored.declared == declared:
        return False
    standing = _settled(conn, entry.key)
    rule = (standing.set_cron or entry.cron, standing.set_zone or entry.zone, entry.clock_change)
    declare(conn, declared, standing.next_tick if rule == standing.rule else read(*rule).next(now))
    changes = {name for name in declared if declared[name] != standing.declared[name]}
    before, after = ({name: each[name] for name in sorted(changes)} for each in (standing.declared, declared))
    note_change(conn, entry.key, "changed", Hand(name(), "the code changed it"), before, after)
    return True


def _settled(conn: Connection, key: str) -> StoredEntry:
    """Lock a stored entry and decide under its old row whatever is due, as far as that row can be read."""
    while (entry := _locked(conn, key)).next_tick <= entry.now:
        try:
            settle(conn, entry, name())
        except BadSchedule:
            give_up(conn, entry, name())
            break
    return entry


def _retire(conn: Connection, key: str) -> bool:
    """Retire an entry that the code has no more; what is due of it is not run, for its actor may be gone, too."""
    if (entry := _locked(conn, key)).retired_at:
        return False
    note_change(conn, key, "retired", Hand(name(), _GONE), entry.declared)
    while not entry.retired_at:
        ticks, following = _due(entry)
        waiting = Decision(entry.waiting, "skipped", _GONE) if entry.waiting else None
        write(conn, entry, Plan(tuple(Decision(tick, "skipped", _GONE) for tick in ticks), following, waiting), name())
        if following > entry.now or following == entry.next_tick:
            update_entry(conn, key, retired_at=entry.now)
        entry = _locked(conn, key)
    return True


def _due(entry: StoredEntry) -> tuple[list[datetime], datetime]:
    """Return the due ticks and the one that follows; the one that is known, where the rule cannot be read."""
    try:
        return due(entry, read(*entry.rule))
    except BadSchedule:
        return [entry.next_tick], entry.next_tick


def _locked(conn: Connection, key: str) -> StoredEntry:
    if entry := lock_entry(conn, key):
        return entry
    raise LookupError(f"entry {key!r} is gone from the books; nobody deletes entries")


def _odd(entry: Entry) -> str | None:
    """Say what is wrong with an entry, if anything is."""
    if not entry.key.isprintable() or not 1 <= len(entry.key.encode()) <= LONGEST_KEY:
        return f"a key has 1 to {LONGEST_KEY} printable bytes"
    for field, words in (("missed", Missed), ("overlap", Overlap), ("clock_change", ClockChange)):
        if getattr(entry, field) not in get_args(words):
            return f"{field} is {getattr(entry, field)!r}; it may be {', '.join(get_args(words))}"
    if not (1 <= entry.most <= MOST and 0 < entry.window_hours <= WIDEST):
        return f"most is {entry.most!r}, window_hours {entry.window_hours!r}; they go to {MOST} and {WIDEST}"
    return "say what it is for" if not entry.purpose.strip() else _odd_args(entry) or _odd_rule(entry)


def _odd_args(entry: Entry) -> str | None:
    try:
        same = json.loads(json.dumps(entry.args, allow_nan=False)) == entry.args
    except (TypeError, ValueError, RecursionError):
        same = False
    return None if same and isinstance(entry.args, dict) else f"args {entry.args!r} are no JSON object"


def _odd_rule(entry: Entry) -> str | None:
    try:
        read(entry.cron, entry.zone, entry.clock_change)
    except BadSchedule as error:
        return str(error)
    return None
