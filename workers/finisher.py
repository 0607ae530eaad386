"""Jobs without a transaction of their own are finished in batches, right after they return: one statement for many."""

from __future__ import annotations

import time
from queue import Empty, Queue
from threading import Lock, Thread
from typing import TYPE_CHECKING

import structlog

from db.engine import DatabaseError, single_statements
from db.ledger import finish

if TYPE_CHECKING:
    from collections.abc import Callable

    from workers.attempt import Attempt

log = structlog.get_logger("bellwork.finisher")

_MOST = 100
_PATIENCE = 1.0


class Finisher:
    """A thread that finishes what it is given, together with whatever came in while it was busy."""

    def __init__(self, finished: Callable[[Attempt], None]) -> None:
        self._finished = finished
        self._waiting: Queue[Attempt] = Queue()
        self._thread: Thread | None = None
        self._starting = Lock()

    def add(self, attempt: Attempt) -> None:
        """Finish this attempt's job soon; until then its lease is still held."""
        self._waiting.put(attempt)
        with self._starting:
            if self._thread is None or not self._thread.is_alive():
                self._thread = Thread(target=self._run, name="finisher", daemon=True)
                self._thread.start()

    def drain(self, timeout: float) -> None:
        """Wait up to `timeout` seconds until everything that was added is finished."""
        deadline = time.monotonic() + timeout
        with self._waiting.all_tasks_done:
            while self._waiting.unfinished_tasks and (left := deadline - time.monotonic()) > 0:
                self._waiting.all_tasks_done.wait(left)

    def _run(self) -> None:
        while True:
            batch = [self._waiting.get()]
            try:
                while len(batch) < _MOST:
                    batch.append(self._waiting.get_nowait())
            except Empty:
                pass
            self._finish(batch)

    def _finish(self, batch: list[Attempt]) -> None:
        while True:
            try:
                with single_statements() as conn:
                    finish(conn, [attempt.held for attempt in batch])
                break
            except DatabaseError as error:
                log.warning("cannot finish yet", jobs=len(batch), error=str(error).splitlines()[0])
                time.sleep(_PATIENCE)
        for attempt in batch:
            self._finished(attempt)
            self._waiting.task_done()
