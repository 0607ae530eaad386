"""Jobs without a transaction of their own are finished in batches, right after they return: one statement for many."""

from __future__ import annotations

import time
from queue import Empty, Queue
from threading import Lock, Thread
from typing import TYPE_CHECKING

import structlog

from bellwork.db.engine import DatabaseError, Unreachable, single_statements
from bellwork.db.ledger import finish
from bellwork.db.outdated import is_outdated
from bellwork.db.wording import message_of
from bellwork.workers.fenced import count_fenced
from bellwork.workers.history import made_partition

if TYPE_CHECKING:
    from collections.abc import Callable

    from bellwork.workers.attempt import Attempt

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
        self._troubled = False

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
        refused = self._refused(batch)
        if len(refused) > 1:
            # One row that cannot be written must not hold up its neighbours.
            refused = [attempt for each in batch for attempt in self._refused([each])]
        for attempt in batch:
            if attempt in refused:
                self._waiting.put(attempt)
            else:
                self._finished(attempt)
            self._waiting.task_done()
        if refused:
            time.sleep(_PATIENCE)

    def _refused(self, batch: list[Attempt]) -> list[Attempt]:
        """Finish a batch; returns it where PostgreSQL refused to write it, and waits where it cannot be reached."""
        while True:
            try:
                with single_statements() as conn:
                    finished = finish(conn, [attempt.held for attempt in batch])
            except DatabaseError as error:
                if made_partition(error) or is_outdated(error):
                    continue
                if not self._troubled:
                    log.warning("cannot finish yet", jobs=len(batch), error=message_of(error))
                self._troubled = True
                if not isinstance(error, Unreachable):
                    return batch
                time.sleep(_PATIENCE)
            except Exception as error:
                if not self._troubled:
                    log.exception("cannot finish yet", jobs=len(batch), error=message_of(error))
                self._troubled = True
                return batch
            else:
                self._troubled = False
                if fenced := [attempt for attempt in batch if attempt.id not in finished]:
                    count_fenced(fenced)
                return []
