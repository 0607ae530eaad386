"""Processes that do not outlive the one that started them, and words for how a process ended."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


def die_with(parent: int, farewell: signal.Signals = signal.SIGTERM) -> Callable[[], None]:
    """Return what a child does between fork and exec: ask the kernel for `farewell` when its parent is gone (Linux).

    To be called after a change of user, for that change would undo it.
    """

    def arrange() -> None:
        if _libc is not None:
            _libc.prctl(_PR_SET_PDEATHSIG, int(farewell), 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)

    return arrange


def adopt_orphans() -> None:
    """Become the parent of what a child leaves behind when it ends (Linux)."""
    if _libc is not None:
        _libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def how_it_ended(code: int) -> str:
    """Say how a process ended, by the code that Popen has of it."""
    return f"exit code {code}" if code >= 0 else f"killed by {signal.Signals(-code).name}"
