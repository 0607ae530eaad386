"""Lengths of time as options give them."""

from __future__ import annotations

import typer

from bellwork.ops import words
from bellwork.ops.age import seconds_of


def a_while(given: str) -> int:
    """Return seconds of '30m', '2h', '1d' or '45s'; a usage error for anything else, or for more than a month."""
    seconds = seconds_of(given)
    if seconds is None:
        raise typer.BadParameter(f"{words.shortened(given)!r} is no time up to 31 days; write 45s, 30m, 2h or 1d")
    return seconds
