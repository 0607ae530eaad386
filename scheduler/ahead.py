"""Finds entries whose next tick lies further ahead than their rule says, and brings it back.

PostgreSQL's clock was ahead for a while (a jump, a failover to a host with a wrong one): everything up to its wrong now
was decided, so nothing would be due until the right clock has come that far.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bellwork.db.engine import transaction
from bellwork.db.ledger import (
    ChangedBy,
    forget_ahead,
    hurry,
    list_entries,
    lock_entry,
    note_change,
    skipped_ahead,
    update_entry,
)
from bellwork.scheduler.cron import BadSchedule, read
from bellwork.scheduler.rounds import name

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from bellwork.db.ledger import StoredEntry

#: A clock that is corrected by less costs no tick for longer than that, and repeats none.
SLACK = timedelta(seconds=60)
_WHY = "its next tick was further ahead than its rule says, as after a jump of PostgreSQL's clock"


def sooner(conn: Connection, entry: StoredEntry) -> datetime | None:
    """Return when an entry is due next by its rule, if that is sooner than its row says; None where the row is right.

    Ticks that an operator skipped in advance are passed over rightly. None, too, where the rule cannot be read.
    """
    try:
        schedule = read(*entry.rule)
    except BadSchedule:
        return None
    if entry.next_tick <= schedule.next(entry.now + SLACK):
        return None
    skipped = skipped_ahead(conn, entry.key)
    following = next(tick for tick in schedule.ticks(entry.now + SLACK) if tick not in skipped)
    return schedule.next(entry.now) if entry.next_tick > following else None


class Ahead:
    """Looks at all entries again and again; what was found right is right until its row or the clock is set back."""

    def __init__(self) -> None:
        self._right: dict[str, tuple[datetime, tuple[str, str, str]]] = {}
        self._now: datetime | None = None

    def heal(self) -> list[str]:
        """Bring back what lies too far ahead; returns the keys.

        What did not run by the wrong clock may run at its time; what did run is not repeated. Each is recorded.
        """
        with transaction() as conn:
            entries = list_entries(conn)
            if self._now and entries and entries[0].now < self._now:
                self._right.clear()
            wrong = [entry.key for entry in entries if not self._is_right(conn, entry)]
            self._now = entries[0].now if entries else self._now
        return [key for key in wrong if _heal(key)]

    def _is_right(self, conn: Connection, entry: StoredEntry) -> bool:
        seen = (entry.next_tick, entry.rule)
        if self._right.get(entry.key) != seen:
            if sooner(conn, entry):
                return False
            self._right[entry.key] = seen
        return True


def _heal(key: str) -> bool:
    with transaction() as conn:
        hurry(conn)
        entry = lock_entry(conn, key)
        if entry is None or entry.retired_at or (next_tick := sooner(conn, entry)) is None:
            return False
        forgotten = forget_ahead(conn, key)
        update_entry(conn, key, next_tick=next_tick)
        before, after = {"next_tick": entry.next_tick}, {"next_tick": next_tick, "undecided_ticks": forgotten}
        note_change(conn, key, "changed", ChangedBy(name(), _WHY), before, after)
    return True
