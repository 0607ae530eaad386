"""Adds to the due set in a thread of its own: the caller waits for its commit, and never for Redis."""

from __future__ import annotations

import atexit
import os
import time
from queue import Empty, Full, Queue
from threading import Lock, Thread
from typing import TYPE_CHECKING

from bellwork.workers import due_set

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bellwork.db.ledger import Due

#: Announcements that wait while Redis hangs; what is more is left to the next top-up.
_MOST = 1_000
#: For so long (seconds) a program that ends waits for its last announcements.
AT_EXIT = 0.5

_waiting: Queue[Sequence[Due]] = Queue(_MOST)
_starting = Lock()
_thread: Thread | None = None


def ring(jobs: Sequence[Due]) -> None:
    """Have jobs added to the due set soon, together with whatever else is announced meanwhile; best effort."""
    global _thread  # noqa: PLW0603 - one thread rings for the whole process
    try:
        _waiting.put_nowait(jobs)
    except Full:
        return
    if _thread is None or not _thread.is_alive():
        with _starting:
            if _thread is None or not _thread.is_alive():
                _thread = Thread(target=_run, name="bell", daemon=True)
                _thread.start()


def drain(seconds: float) -> None:
    """Wait up to `seconds` until everything is announced; what is not is left to the next top-up."""
    deadline = time.monotonic() + seconds
    with _waiting.all_tasks_done:
        while _waiting.unfinished_tasks and (left := deadline - time.monotonic()) > 0:
            _waiting.all_tasks_done.wait(left)


def _run() -> None:
    while True:
        gathered = [_waiting.get()]
        try:
            while sum(map(len, gathered)) < due_set.BOUND:
                gathered.append(_waiting.get_nowait())
        except Empty:
            pass
        due_set.add([job for jobs in gathered for job in jobs])
        for _ in gathered:
            _waiting.task_done()


def _forked() -> None:
    """Begin anew in a forked child: the thread stayed with the parent, and announces there what waits."""
    global _waiting, _starting, _thread
    _waiting, _starting, _thread = Queue(_MOST), Lock(), None


atexit.register(drain, AT_EXIT)
os.register_at_fork(after_in_child=_forked)
