"""The picture that all pages share: taken once in a second, however many look, and kept for when PostgreSQL is away."""

from __future__ import annotations

from datetime import UTC, datetime
from threading import Lock
from time import monotonic

from bellwork.db import redis_client
from bellwork.db.engine import psycopg_of
from bellwork.db.ledger import list_entries, quarantined
from bellwork.db.ledger.beside import signs
from bellwork.db.letters import read_hold
from bellwork.db.letters.look import sums
from bellwork.db.partitions import short_of_partitions
from bellwork.db.snapshot import latest
from bellwork.ops.look.picture import Picture
from bellwork.ops.look.schedule import is_overdue
from bellwork.ops.web.asked import ledger

#: Seconds for which one picture serves all; and for which what changes slowly does.
FRESH, SLOW = 1.0, 10.0


class Now:
    """Takes the picture for whoever asks; one at a time."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._picture: Picture | None = None
        self._taken = self._slow = self._pinged = float("-inf")
        self._redis = True
        self._partitions: list[str] = []

    def picture(self) -> Picture:
        """Return how everything stands, not older than a second; raises what PostgreSQL raises."""
        with self._lock:
            if self._picture is None or monotonic() - self._taken > FRESH:
                self._picture, self._taken = self._take(), monotonic()
            return self._picture

    def last(self) -> Picture | None:
        """Return the last picture there is, for when none can be taken."""
        return self._picture

    def _take(self) -> Picture:
        if monotonic() - self._pinged > FRESH:
            self._redis, self._pinged = redis_client.ping(), monotonic()
        with ledger() as conn:
            if monotonic() - self._slow > SLOW:
                self._partitions, self._slow = short_of_partitions(conn), monotonic()
            entries, letters, hold, lives = list_entries(conn), sums(conn), read_hold(conn), signs(conn)
            return Picture(
                at=datetime.now(UTC),
                snapshot=latest(psycopg_of(conn)),
                redis=self._redis,
                takes_writes=lives.takes_writes,
                overdue=[entry.key for entry in entries if is_overdue(entry)],
                short_of_partitions=self._partitions,
                quarantined=quarantined(conn),
                mail_held_since=hold.since if hold else None,
                mail_held_said=hold.said if hold else "",
                letters_unknown=letters.unknown,
                letters_waiting=letters.due + letters.later,
                last_finished=lives.last_finished,
                last_tick=lives.last_tick,
                entries=len(entries),
            )
