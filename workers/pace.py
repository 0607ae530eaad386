"""How often everything is polled: as often as wanted while that is cheap, and rarely when it is not.

Where a session holds an old snapshot, a poll reads past every job that has ended since. In between, polls
begin where the last one found something: nothing older is missed for longer than it takes to find it.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

#: A look that takes less (seconds) is cheap.
CHEAP = 0.02
#: For each second that a dear look took, so many pass until the next one, up to so many seconds.
REST, LONGEST = 100.0, 30.0
#: For what is only a precaution, ten times both: jobs past their limit, ends and claims whose answer was lost.
RARELY = 300.0


class Pace:
    """The pace of one kind of look; one that is dear for once, on a busy machine, is no reason to slow down.

    Nor are several that began within less than `awhile` seconds, where looks may follow each other closely.
    """

    def __init__(self, longest: float = LONGEST, awhile: float = 0.0) -> None:
        self.dear = False
        self._awhile, self._dear_since = awhile, float("inf")
        #: So many times shorter is the rest: of a look that is many looks in one.
        self.parts = 1.0
        self._longest, self._rest = longest, REST * longest / LONGEST
        self._next = float("-inf")
        self._last = 0.0

    def is_due(self) -> bool:
        """Tell whether it is time for the next one."""
        return time.monotonic() >= self._next

    @contextmanager
    def look(self) -> Iterator[None]:
        """Measure a look; one that fails is due again at once."""
        begun = time.monotonic()
        yield
        now = time.monotonic()
        taken, self._last = min(now - begun, self._last), now - begun
        self._dear_since = min(self._dear_since, begun) if self._last > CHEAP else float("inf")
        self.dear = taken > CHEAP and begun >= self._dear_since + self._awhile
        self._next = now + (min(taken * self._rest / self.parts, self._longest) if self.dear else 0.0)

    def put_off(self, seconds: float) -> None:
        """Let so many seconds pass first: another process polls."""
        self._next = time.monotonic() + seconds
