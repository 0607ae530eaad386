"""The event loop of asynchronous actors: it outlives what an actor raises, and does not keep a process alive."""

from __future__ import annotations

import inspect
import time
from typing import TYPE_CHECKING, TypeVar

import structlog
from dramatiq.asyncio import EventLoopThread, get_event_loop_thread, set_event_loop_thread
from dramatiq.middleware import AsyncIO

from bellwork.db.wording import words_of

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from typing import Any

    from dramatiq import Broker
    from dramatiq.worker import Worker

R = TypeVar("R")

#: Seconds between two looks at a loop that is about to go on.
_GLANCE = 0.001

log = structlog.get_logger("bellwork.event_loop")


class LastingLoopThread(EventLoopThread):
    """Goes on with the loop after a SystemExit or KeyboardInterrupt, which asyncio lets out of it.

    The task that raised it has it as its result by then, so it becomes the failure of the job that waits for it.
    """

    def run(self) -> None:
        """Run the loop until it is stopped."""
        try:
            while not self._ran_to_its_stop():
                pass
        finally:
            self.loop.close()

    def run_coroutine(self, coro: Coroutine[Any, Any, R]) -> R:  # type: ignore[override] # actors give coroutines only
        """Run a coroutine on the loop; one that comes while the loop is about to go on waits for that."""
        while True:
            try:
                return super().run_coroutine(coro)
            except RuntimeError:
                # Begun, it is the coroutine's own error; not begun, the loop did not run at that moment.
                if inspect.getcoroutinestate(coro) != inspect.CORO_CREATED or not self.is_alive():
                    raise
            time.sleep(_GLANCE)

    def stop(self) -> None:
        """Stop the loop, also where it is about to go on, and wait for the end of the thread."""
        if self.is_alive():
            self.loop.call_soon_threadsafe(self.loop.stop)
            self.join()

    def _ran_to_its_stop(self) -> bool:
        try:
            self.loop.run_forever()
        except (SystemExit, KeyboardInterrupt) as error:
            log.warning("an asynchronous actor asked its process to end; the event loop goes on", error=words_of(error))
            return False
        return True


class EventLoop(AsyncIO):
    """Starts the loop with the worker, on a daemon thread."""

    repeatable = True

    def before_worker_boot(self, broker: Broker, worker: Worker) -> None:
        """Start the loop."""
        del broker, worker
        thread = LastingLoopThread(self.logger)
        thread.daemon = True
        thread.start(timeout=1.0)
        set_event_loop_thread(thread)


def is_dead() -> bool:
    """Tell whether the loop was started and its thread has ended: every asynchronous job would fail from now on."""
    thread = get_event_loop_thread()
    return thread is not None and not thread.is_alive()
