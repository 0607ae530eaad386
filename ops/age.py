"""Lengths of time as people give them to commands and pages: 45s, 30m, 2h, 1d."""

from __future__ import annotations

import re

_TIME = re.compile(r"([0-9]{1,7})\s*([smhd])")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
#: Longer than a month is for ever: leave it out.
LONGEST = 31 * 86400


def seconds_of(given: str) -> int | None:
    """Return the seconds of '30m', '2h', '1d' or '45s'; None for anything else, or for more than 31 days."""
    found = _TIME.fullmatch(given.strip())
    seconds = int(found[1]) * _SECONDS[found[2]] if found else 0
    return seconds if 0 < seconds <= LONGEST else None
