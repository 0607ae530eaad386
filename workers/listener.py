"""A few blocking connections for all queues of a process: of the consumers that wait, some ask for the others too.

A connection for each queue would be two hundred for a process with two hundred queues, and Redis counts its clients. So
up to ASKERS of the waiting consumers ask Redis, each for its own queue and for those that none asks for yet. One that
begins to wait when all of these block already has one of them ask anew: by a member in a set of this process's own.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from threading import Event, Lock
from typing import TYPE_CHECKING
from uuid import uuid4

import structlog

from bellwork.workers import due_set

if TYPE_CHECKING:
    from bellwork.workers.due_set import Found

log = structlog.get_logger("bellwork.listener")

#: Connections of a process that block. With no more queues than these, each consumer asks for its own alone.
ASKERS = 4


@dataclass(slots=True, eq=False)
class _Waiter:
    """A consumer that waits: for how many jobs at most, and what has come for it."""

    queue: str
    most: int
    woken: Event = field(default_factory=Event)
    ids: list[int] = field(default_factory=list)
    #: What came is all that its set held.
    emptied: bool = False


class Listener:
    """Waits for due jobs on behalf of the consumers of a process; each queue has one, with a thread of its own."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._waiting: dict[str, _Waiter] = {}
        self._asked: set[str] = set()
        self._askers = 0
        self._call = f"call:{uuid4().hex}"
        self._called = False
        self._failures = self._turn = 0
        self._hears = True

    def pop(self, queue: str, most: int, timeout: float) -> list[int] | None:
        """Wait up to `timeout` seconds for due jobs and take up to `most`, the most urgent first; None: Redis is away.

        0 does not wait at all.
        """
        if not timeout:
            return due_set.pop(queue, most)
        waiter = _Waiter(queue, most)
        away = self._wait(waiter, time.monotonic() + timeout)
        if not waiter.ids:
            return None if away else []
        if waiter.emptied or len(waiter.ids) >= most:
            return waiter.ids
        return [*waiter.ids, *(due_set.pop(queue, most - len(waiter.ids)) or ())]

    def _wait(self, waiter: _Waiter, until: float) -> bool:
        """Ask, or let others ask, until something came for the waiter or its time is over; True where Redis failed."""
        failures = self._failures
        with self._lock:
            self._waiting[waiter.queue] = waiter
        try:
            while not waiter.ids and self._failures == failures and (left := until - time.monotonic()) > 0:
                self._ask_or_sleep(waiter, left)
        finally:
            with self._lock:
                del self._waiting[waiter.queue]
                if self._askers < ASKERS and (unheard := self._unheard()):
                    unheard[0].woken.set()
        return self._failures != failures

    def _ask_or_sleep(self, waiter: _Waiter, seconds: float) -> None:
        asked: list[_Waiter] = []
        with self._lock:
            if waiter.queue not in self._asked and self._askers < ASKERS:
                asked = self._unheard()
            calls = not (asked or waiter.ids or waiter.queue in self._asked or self._called)
            self._called = (self._called or calls) and not asked
            self._asked.update(each.queue for each in asked)
            self._askers += bool(asked)
        if asked:
            try:
                self._ask(asked, seconds)
            finally:
                with self._lock:
                    self._asked.difference_update(each.queue for each in asked)
                    self._askers -= 1
            return
        if calls:
            due_set.call(self._call)
        waiter.woken.wait(seconds)
        waiter.woken.clear()

    def _unheard(self) -> list[_Waiter]:
        """List the consumers whose queues are not asked for, and that have nothing yet."""
        return [each for each in self._waiting.values() if each.queue not in self._asked and not each.ids]

    def _ask(self, asked: list[_Waiter], seconds: float) -> None:
        """Ask Redis for some queues, none of them always first, and hand over what it gives."""
        self._turn += 1
        turn = self._turn % len(asked)
        queues = [each.queue for each in (*asked[turn:], *asked[:turn])]
        most = min(each.most for each in asked)
        found = due_set.wait([self._call, *queues], most, seconds)
        self._note(hears=found is not None)
        if found is None:
            with self._lock:
                self._failures += 1
                woken = list(self._waiting.values())
            for each in woken:
                each.woken.set()
        elif found.members and found.queue != self._call:
            self._hand_over(found, emptied=len(found.members) < most)

    def _hand_over(self, found: Found, *, emptied: bool) -> None:
        """Give what was found to the consumer that waits for it; where that has gone, put it back into its set."""
        with self._lock:
            waiter = self._waiting.get(found.queue)
            if waiter is not None:
                waiter.ids += [member.id for member in found.members]
                waiter.emptied = emptied
                waiter.woken.set()
        if waiter is None:
            due_set.put_back(found.queue, found.members)

    def _note(self, *, hears: bool) -> None:
        if hears != self._hears:
            self._hears = hears
            if hears:
                log.info("Redis answers again")
            else:
                log.warning("Redis does not answer: jobs are claimed straight from PostgreSQL, up to a second late")
