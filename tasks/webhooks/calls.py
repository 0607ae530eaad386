"""The loop on which a process makes its calls: two at once for each endpoint, beside those of all others."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field
from functools import lru_cache
from os import register_at_fork
from threading import Thread
from typing import TYPE_CHECKING

from bellwork.tasks.webhooks import receiver

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bellwork.db.webhooks import Due, Outcome

#: Calls at once to one endpoint, and of one process.
AT_ONCE, MOST_AT_ONCE = 2, 200


@dataclass
class Desk:
    """What one sender has to be called. `report` hears of each call; `put_off` of each delivery that was not begun.

    Once the desk is `closed` no call is begun. All but `report` and `put_off` is the loop's own.
    """

    report: Callable[[Outcome], None]
    put_off: Callable[[Due], None]
    closed: bool = False
    waiting: dict[int, deque[Due]] = field(default_factory=dict)
    lanes: dict[int, int] = field(default_factory=dict)


class Calls:
    """One loop on a thread of its own, with one client, whose connections outlast the senders."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._client = receiver.Client()
        self._room = asyncio.Semaphore(MOST_AT_ONCE)
        self._tasks: set[asyncio.Task[None]] = set()
        self._thread = Thread(target=self._run, name="webhooks", daemon=True)
        self._thread.start()

    def begin(self, desk: Desk, due: Sequence[Due]) -> None:
        """Have deliveries called, in this order for each endpoint."""
        self._loop.call_soon_threadsafe(self._begin, desk, due)

    def close(self, desk: Desk) -> None:
        """Begin no further call for this desk; what is under way ends and is reported."""
        self._loop.call_soon_threadsafe(self._close, desk)

    def stop(self) -> None:
        """End the loop, and what is under way with it."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def _run(self) -> None:
        self._loop.run_forever()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(self._client.aclose())
        self._loop.close()

    def _begin(self, desk: Desk, due: Sequence[Due]) -> None:
        for each in due:
            desk.waiting.setdefault(each.endpoint, deque()).append(each)
        for endpoint in {each.endpoint for each in due}:
            # A lane that is open has a call under way, which may take its whole time.
            open_ = desk.lanes.get(endpoint, 0)
            more = min(AT_ONCE - open_, len(desk.waiting[endpoint]))
            desk.lanes[endpoint] = open_ + more
            for _ in range(more):
                task = self._loop.create_task(self._lane(desk, endpoint))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
        if desk.closed:
            self._close(desk)

    @staticmethod
    def _close(desk: Desk) -> None:
        desk.closed = True
        for waiting in desk.waiting.values():
            while waiting:
                desk.put_off(waiting.popleft())

    async def _lane(self, desk: Desk, endpoint: int) -> None:
        waiting = desk.waiting[endpoint]
        try:
            while waiting:
                async with self._room:
                    if not waiting:
                        return
                    desk.report(await receiver.call(self._client, waiting.popleft()))
        finally:
            desk.lanes[endpoint] -= 1


@lru_cache(maxsize=1)
def calls() -> Calls:
    """Return this process's loop; it is begun when first used, and a forked child begins its own."""
    return Calls()


def forget() -> None:
    """End the loop, so that the next use reads the settings anew (tests)."""
    if calls.cache_info().currsize:
        calls().stop()
    calls.cache_clear()


register_at_fork(after_in_child=calls.cache_clear)
