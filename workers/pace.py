"""How often everything is polled: as often as wanted while that is fast, and rarely when it is slow.

Where a session holds an old snapshot, a poll reads past every job that has ended since. In between, polls
begin where the last one found something: nothing older is missed for longer than it takes to find it.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

#: A poll that takes less (seconds) is fast.
FAST = 0.02
#: For each second that a slow poll took, so many pass until the next one, up to so many seconds.
REST, LONGEST = 100.0, 30.0
#: For what is only a precaution, ten times both: jobs past their limit, ends and claims whose answer was lost.
RARELY = 300.0


class Pace:
    """The backoff of one kind of poll; one that is slow for once, on a busy machine, is no reason to back off.

    Nor are several that began within less than `awhile` seconds, where polls may follow each other closely.
    """

    def __init__(self, longest: float = LONGEST, awhile: float = 0.0) -> None:
        self.slow = False
        self._awhile, self._slow_since = awhile, float("inf")
        #: So many times shorter is the rest: of a poll that is many polls in one.
        self.parts = 1.0
        self._longest, self._rest = longest, REST * longest / LONGEST
        self._next = float("-inf")
        self._last = 0.0

    def is_due(self) -> bool:
        """Tell whether it is time for the next one."""
        return time.monotonic() >= self._next

    @contextmanager
    def measured(self) -> Iterator[None]:
        """Measure a poll; one that fails is due again at once."""
        begun = time.monotonic()
        yield
        now = time.monotonic()
        taken, self._last = min(now - begun, self._last), now - begun
        self._slow_since = min(self._slow_since, begun) if self._last > FAST else float("inf")
        self.slow = taken > FAST and begun >= self._slow_since + self._awhile
        self._next = now + (min(taken * self._rest / self.parts, self._longest) if self.slow else 0.0)

    def put_off(self, seconds: float) -> None:
        """Let so many seconds pass first: another process polls."""
        self._next = time.monotonic() + seconds
