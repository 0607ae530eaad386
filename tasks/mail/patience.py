"""How long letters wait for another try, and how many they have."""

from __future__ import annotations

#: After these a letter is given up that its own server, or its own system, kept putting off: after a day or so.
MOST_TRIES = 30
_FIRST, _LONGEST = 60.0, 3_600.0


def pause(before: int) -> float:
    """Return the seconds until the next try, after so many before: one minute, doubling to an hour."""
    return min(_LONGEST, _FIRST * 2.0 ** min(before, 10))
