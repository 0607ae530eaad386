"""Whether the calendar is kept: a tick that is due is decided within a second, unless nobody decides."""

from __future__ import annotations

from typing import TYPE_CHECKING

from db.ledger import list_entries
from ops.doctor.finding import Finding
from scheduler import BadSchedule, read

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from db.ledger import StoredEntry

#: Seconds a tick may be due and undecided before it is a finding; two rounds take half a second.
LATE = 30.0


def check_calendar(conn: Connection) -> Finding:
    """Look for entries that cannot be read, are overdue or paused; the worst of them is what is said."""
    entries = list_entries(conn)
    if unread := [entry.key for entry in entries if not _is_readable(entry)]:
        said = f"expression or zone cannot be read here: {', '.join(unread)}"
        return Finding("warn", "calendar", said, "`bellwork schedule set` gives another; what is due stays due")
    if late := [entry.key for entry in entries if (entry.now - entry.next_tick).total_seconds() > LATE]:
        said = f"nobody decides what is due: {', '.join(late)}"
        return Finding("warn", "calendar", said, "start `python -m scheduler`; its log says what holds it up")
    if paused := [f"{entry.key} (by {entry.paused_by})" for entry in entries if entry.paused_at]:
        mend = "`bellwork schedule resume` when the reason is gone"
        return Finding("warn", "calendar", f"paused: {', '.join(paused)}", mend)
    if not entries:
        return Finding("ok", "calendar", "no entry is known yet; a scheduler brings them at its start")
    return Finding("ok", "calendar", f"{len(entries)} entries, none overdue")


def _is_readable(entry: StoredEntry) -> bool:
    try:
        read(*entry.rule)
    except BadSchedule:
        return False
    return True
