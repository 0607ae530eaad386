"""The picture that all pages share: taken once in a second, however many look, and kept for when PostgreSQL is away."""

from __future__ import annotations

from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING

from bellwork.db import redis_client
from bellwork.db.engine import psycopg_of
from bellwork.ops.look.picture import look
from bellwork.ops.web.asked import ledger

if TYPE_CHECKING:
    from bellwork.ops.look.picture import Picture

#: Seconds for which one picture serves all.
FRESH = 1.0


class Now:
    """Takes the picture for whoever asks; one at a time."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._picture: Picture | None = None
        self._taken = float("-inf")

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
        redis, troubles = redis_client.look()
        with ledger() as conn:
            return look(psycopg_of(conn), redis, troubles)
