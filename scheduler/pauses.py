"""Entries that PostgreSQL does not let one decide, for instance behind a session's lock: each waits by itself."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

#: Seconds until such an entry is tried again: twice as long after each failure, up to the last.
FIRST, LONGEST = 1.0, 5.0


class _Pause(NamedTuple):
    error: Exception
    seconds: float
    over: float


class Pauses:
    """What one scheduler remembers of such entries, by key; another one finds out for itself."""

    def __init__(self) -> None:
        self._of: dict[str, _Pause] = {}

    def order(self, keys: Sequence[str]) -> list[str]:
        """Return which of the due keys to try in this round: those without trouble, then one whose pause is over.

        Each that is in trouble may cost the time of a lock, so a round never tries two of them.
        """
        for key in self._of.keys() - set(keys):
            del self._of[key]
        over = [key for key in keys if key in self._of and self._of[key].over <= monotonic()]
        over.sort(key=lambda key: self._of[key].over)
        return [*(key for key in keys if key not in self._of), *over[:1]]

    def begin(self, key: str, error: Exception) -> bool:
        """Let an entry wait after a failure; True where it is the first one."""
        before = self._of.get(key)
        seconds = min(before.seconds * 2, LONGEST) if before else FIRST
        self._of[key] = _Pause(error, seconds, monotonic() + seconds)
        return before is None

    def end(self, key: str) -> None:
        """Forget the trouble of an entry that was decided."""
        self._of.pop(key, None)

    @property
    def errors(self) -> list[Exception]:
        """What stands in the way of those that wait."""
        return [pause.error for pause in self._of.values()]
