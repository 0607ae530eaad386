"""Brings the tables of the code into the ledger: new entries from now on, changed ones forward only, gone ones retired.

Whatever was due under the old row is decided under the old row first: a deploy loses no tick and repeats none. Of the
releases that run side by side only the newest brings its table of a source, and entries of sources that this scheduler
has not loaded are left alone.
"""

from __future__ import annotations

import json
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

from bellwork.db.engine import single_statements, transaction
from bellwork.db.found import found_systems
from bellwork.db.ledger import (
    ChangedBy,
    Decision,
    Plan,
    announce,
    declaration_states,
    declare,
    hurry,
    list_entries,
    lock_calendar,
    lock_entry,
    note_change,
    put_in_force,
    update_entry,
)
from bellwork.db.ledger import write_plan as write
from bellwork.scheduler.check import check
from bellwork.scheduler.cron import BadSchedule, read
from bellwork.scheduler.entries import calendar
from bellwork.scheduler.rounds import give_up, name, settle
from bellwork.scheduler.ticks import due

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from bellwork.db.ledger import DeclarationState, StoredEntry
    from bellwork.db.vocabulary import CalendarEntry
    from bellwork.scheduler.entries import Tables

#: Why an entry begins paused.
_FOUND = (
    "the system's tables were here before Bellwork, and it deletes or writes to people: see what it would do"
    " (bellwork retention), then resume it"
)
_GONE = "the code has the entry no more"


class Brought(NamedTuple):
    """The keys whose rows were changed, and the sources of which another release's table is in force and stays so."""

    changed: list[str]
    outdated: list[str]


def synchronise(tables: Tables | None = None, *, anew: bool = True) -> Brought:
    """Announce the tables and write those that count into the ledger; without `anew`, those that are in force no more.

    All systems' unless told. What an operator set or paused stays.
    """
    tables = calendar() if tables is None else tables
    check(tables)
    digests = {source: _digest(entries) for source, entries in tables.items()}
    with single_statements() as conn:
        found = announce(conn, digests)
    outdated = [source for source, state in found.items() if not (state.counts or state.in_force)]
    if not _ours(found, anew=anew):
        return Brought([], outdated)
    with transaction() as conn:
        now = lock_calendar(conn)
        hurry(conn)
        ours = _ours(declaration_states(conn, digests), anew=anew)
        changed = _write(conn, {source: tables[source] for source in ours}, now)
        put_in_force(conn, {source: digests[source] for source in ours})
    return Brought(changed, outdated)


def _ours(found: Mapping[str, DeclarationState], *, anew: bool) -> list[str]:
    """List the sources whose table is to be written."""
    return sorted(source for source, (counts, in_force) in found.items() if counts and (anew or not in_force))


def _write(conn: Connection, tables: Tables, now: datetime) -> list[str]:
    stored = {entry.key: entry for entry in list_entries(conn, retired=True)}
    declared = [entry for entries in tables.values() for entry in entries]
    changed = [entry.key for entry in declared if _bring(conn, entry, stored.get(entry.key), now)]
    _pause_careful(conn, [entry for entry in declared if entry.careful and entry.key not in stored], now)
    gone = {key for key, entry in stored.items() if entry.source in tables} - {entry.key for entry in declared}
    return changed + [key for key in sorted(gone) if _retire(conn, key)]


def _pause_careful(conn: Connection, new: Sequence[CalendarEntry], now: datetime) -> None:
    """Let new entries that delete or write to people wait for an operator, where their system's tables were found."""
    found = found_systems(conn) if new else set()
    for entry in new:
        if entry.source in found:
            update_entry(conn, entry.key, paused_at=now, paused_by=name(), pause_reason=_FOUND)
            note_change(conn, entry.key, "paused", ChangedBy(name(), _FOUND))


def _bring(conn: Connection, entry: CalendarEntry, stored: StoredEntry | None, now: datetime) -> bool:
    declared = entry.declared
    if stored is None or stored.retired_at:
        declare(conn, declared, read(entry.cron, entry.zone, entry.clock_change).next(now))
        what = "returned" if stored else "declared"
        note_change(conn, entry.key, what, ChangedBy(name(), "the code has it"), {}, declared)
        return True
    if stored.declared == declared:
        return False
    stored = _settled(conn, entry.key)
    rule = (stored.set_cron or entry.cron, stored.set_zone or entry.zone, entry.clock_change)
    declare(conn, declared, stored.next_tick if rule == stored.rule else read(*rule).next(now))
    changes = {name for name in declared if declared[name] != stored.declared[name]}
    before, after = ({name: each[name] for name in sorted(changes)} for each in (stored.declared, declared))
    note_change(conn, entry.key, "changed", ChangedBy(name(), "the code changed it"), before, after)
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
    note_change(conn, key, "retired", ChangedBy(name(), _GONE), entry.declared)
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
    raise LookupError(f"entry {key!r} is gone from the ledger, and entries are never deleted: find what deleted it")


def _digest(entries: Sequence[CalendarEntry]) -> str:
    """Return what is the same for equal tables in every process, and differs for others."""
    table = sorted((entry.declared for entry in entries), key=lambda entry: str(entry["key"]))
    return sha256(json.dumps(table, sort_keys=True).encode()).hexdigest()
