"""Lengths of time as options give them: 45s, 30m, 2h, 1d."""

from __future__ import annotations

import re

import typer

from bellwork.ops import words

_TIME = re.compile(r"([0-9]{1,6})\s*([smhd])")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
#: Longer than a month is for ever: leave it out.
_LONGEST = 31 * 86400


def a_while(given: str) -> int:
    """Return seconds of '30m', '2h', '1d' or '45s'; a usage error for anything else, or for more than a month."""
    found = _TIME.fullmatch(given.strip())
    seconds = int(found[1]) * _SECONDS[found[2]] if found else 0
    if not 0 < seconds <= _LONGEST:
        raise typer.BadParameter(f"{words.shortened(given)!r} is no time up to 31 days; write 45s, 30m, 2h or 1d")
    return seconds
