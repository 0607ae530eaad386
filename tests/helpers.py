"""What tests of every floor share: waiting for a fact, and failing when it does not come true in time."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


def eventually(fact: Callable[[], object], seconds: float = 30.0) -> None:
    """Return as soon as `fact()` is true; AssertionError after `seconds`, which a busy machine may need."""
    deadline = time.monotonic() + seconds
    while not fact():
        if time.monotonic() > deadline:
            msg = f"not true within {seconds:g} s"
            raise AssertionError(msg)
        # The only sleep of the suite: other threads, processes and servers make the fact true, and cannot tell us.
        time.sleep(0.01)
