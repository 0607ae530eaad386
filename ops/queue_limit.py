"""How many jobs of a queue may run at once, as operators write it, by command and by page."""

from __future__ import annotations

#: More than any fleet runs of one queue.
MOST_AT_ONCE = 100_000
NONE = "none"
_DIGITS = len(str(MOST_AT_ONCE))


def at_once_of(given: str) -> int | None:
    """Return the limit that was written, None for `none`; raises ValueError for anything else."""
    if given == NONE:
        return None
    if not (given.isascii() and given.isdigit() and len(given) <= _DIGITS and 0 < int(given) <= MOST_AT_ONCE):
        raise ValueError(f"give a number from 1 to {MOST_AT_ONCE:,}, or {NONE}")
    return int(given)
