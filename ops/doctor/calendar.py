"""Whether the calendar is kept: a tick that is due is decided within a second, if a scheduler runs."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from bellwork.db.ledger import list_entries, overlapping
from bellwork.ops.doctor.finding import Finding
from bellwork.scheduler.ahead import sooner
from bellwork.scheduler.cron import BadSchedule, read

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from bellwork.db.ledger import StoredEntry

    #: What is wrong, and what mends it.
    Trouble = tuple[str, str]

#: Seconds a tick may be due and undecided before it is a finding; two rounds take half a second.
LATE = 30.0
#: Ticks that overlapped one after another before it is a finding.
IN_A_ROW = 3


def check_calendar(conn: Connection) -> Finding:
    """Look for entries that are unreadable, overdue, too far ahead, held up or paused; the worst is what is said."""
    entries = list_entries(conn)
    for look in (_unread, _late, partial(_ahead, conn), _foreign, partial(_overlapping, conn), _paused):
        if found := look(entries):
            said, mend = found
            return Finding("warn", "calendar", said, mend)
    if not entries:
        return Finding("ok", "calendar", "no entry is known yet; a scheduler brings them at its start")
    return Finding("ok", "calendar", f"{len(entries)} entries, none overdue")


def _unread(entries: list[StoredEntry]) -> Trouble | None:
    said = ", ".join(entry.key for entry in entries if not _is_readable(entry))
    mend = "`bellwork schedule set` gives another; what is due stays due"
    return (f"expression or zone cannot be read here: {said}", mend) if said else None


def _late(entries: list[StoredEntry]) -> Trouble | None:
    said = ", ".join(entry.key for entry in entries if (entry.now - entry.next_tick).total_seconds() > LATE)
    mend = "start `python -m bellwork.scheduler`; its log says what holds it up"
    return (f"nobody decides what is due: {said}", mend) if said else None


def _ahead(conn: Connection, entries: list[StoredEntry]) -> Trouble | None:
    said = ", ".join(entry.key for entry in entries if sooner(conn, entry))
    mend = "a scheduler brings them back within 10 s; start `python -m bellwork.scheduler`"
    return (f"due later than their rules say, as after a jump of PostgreSQL's clock: {said}", mend) if said else None


def _foreign(entries: list[StoredEntry]) -> Trouble | None:
    held = [entry for entry in entries if entry.busy and entry.busy_actor != entry.actor]
    said = "; ".join(f"{entry.key} waits for job {entry.busy} of {entry.busy_actor!r}" for entry in held)
    return (said, "`bellwork jobs show` says what it is, `bellwork jobs cancel` ends it") if said else None


def _overlapping(conn: Connection, _entries: list[StoredEntry]) -> Trouble | None:
    said = ", ".join(overlapping(conn, IN_A_ROW))
    mend = "`bellwork schedule show` names the job, `bellwork jobs explain` says what it waits for"
    return (f"the last {IN_A_ROW} ticks gave way to a job that is unfinished: {said}", mend) if said else None


def _paused(entries: list[StoredEntry]) -> Trouble | None:
    said = ", ".join(f"{entry.key} (by {entry.paused_by})" for entry in entries if entry.paused_at)
    return (f"paused: {said}", "`bellwork schedule resume` when the reason is gone") if said else None


def _is_readable(entry: StoredEntry) -> bool:
    try:
        read(*entry.rule)
    except BadSchedule:
        return False
    return True
