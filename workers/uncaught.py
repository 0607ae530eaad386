"""An uncaught error is logged as any other: Python would print it as it is, with whatever its text holds."""

from __future__ import annotations

import sys
import threading
from typing import TYPE_CHECKING

import structlog

if TYPE_CHECKING:
    from types import TracebackType

log = structlog.get_logger("bellwork.uncaught")


def log_it() -> None:
    """Log from now on what ends a thread or this process, and what cannot be raised where it happens.

    multiprocessing prints by itself what ends a process that it started; such a process catches that before.
    """
    sys.excepthook = _end_of_process
    threading.excepthook = _end_of_thread
    sys.unraisablehook = _unraisable


def _end_of_process(_kind: type[BaseException], error: BaseException, _trace: TracebackType | None) -> None:
    log.error("ended by an error", exc_info=error)


def _end_of_thread(ended: threading.ExceptHookArgs) -> None:
    if not issubclass(ended.exc_type, SystemExit):
        name = ended.thread.name if ended.thread else None
        log.error("a thread ended by an error", thread=name, exc_info=ended.exc_value)


def _unraisable(event: sys.UnraisableHookArgs) -> None:
    log.error("an error where none can be raised", where=type(event.object).__name__, exc_info=event.exc_value)
