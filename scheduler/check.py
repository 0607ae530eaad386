"""What a table of entries may say: no scheduler starts with one that cannot be kept, and the reason names the entry."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, get_args

from bellwork.db.vocabulary import ClockChange, Missed, Overlap
from bellwork.scheduler.cron import BadSchedule, read
from bellwork.scheduler.entries import calendar

if TYPE_CHECKING:
    from bellwork.db.vocabulary import CalendarEntry
    from bellwork.scheduler.entries import Tables

#: The longest key, in bytes: with a tick's time behind it, it is the unique key of a job.
LONGEST_KEY = 150
#: Ticks that are caught up, and the hours they may be old: their rows must not be dropped before (a year and a month).
MOST, WIDEST = 1_000_000, 366 * 24


def check(tables: Tables | None = None) -> None:
    """Raise BadSchedule, naming the entry, for tables that no scheduler may start with; of all systems unless told."""
    tables = calendar() if tables is None else tables
    for key, count in Counter(entry.key for entries in tables.values() for entry in entries).items():
        if count > 1:
            raise BadSchedule(f"{count} entries have the key {key!r}; give each its own")
    for source, entries in tables.items():
        for entry in entries:
            if reason := _odd(entry, source):
                raise BadSchedule(f"entry {entry.key!r}: {reason}")


def _odd(entry: CalendarEntry, source: str) -> str | None:
    """Say what is wrong with an entry, if anything is."""
    if not entry.key.isprintable() or not 1 <= len(entry.key.encode()) <= LONGEST_KEY:
        return f"a key has 1 to {LONGEST_KEY} printable bytes"
    if entry.key.partition(".")[:2] != (source, "."):
        return f"a key begins with the word of its source and a dot, {source + '.'!r} here"
    for field, words in (("missed", Missed), ("overlap", Overlap), ("clock_change", ClockChange)):
        if getattr(entry, field) not in get_args(words):
            return f"{field} is {getattr(entry, field)!r}; it may be {', '.join(get_args(words))}"
    if not (1 <= entry.most <= MOST and 0 < entry.window_hours <= WIDEST):
        return f"most is {entry.most!r}, window_hours {entry.window_hours!r}; they go to {MOST} and {WIDEST}"
    return "say what it is for" if not entry.purpose.strip() else _odd_args(entry) or _odd_rule(entry)


def _odd_args(entry: CalendarEntry) -> str | None:
    try:
        same = json.loads(json.dumps(entry.args, allow_nan=False)) == entry.args
    except (TypeError, ValueError, RecursionError):
        same = False
    return None if same and isinstance(entry.args, dict) else f"args {entry.args!r} are no JSON object"


def _odd_rule(entry: CalendarEntry) -> str | None:
    try:
        read(entry.cron, entry.zone, entry.clock_change)
    except BadSchedule as error:
        return str(error)
    return None
