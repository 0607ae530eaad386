"""Waiting for a fact, for so long."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_GLANCE = 0.1


def within(seconds: float, fact: Callable[[], bool]) -> bool:
    """Wait until the fact is true; False where it is not after so many seconds."""
    until = time.monotonic() + seconds
    while not (true := fact()) and time.monotonic() < until:
        time.sleep(_GLANCE)
    return true
