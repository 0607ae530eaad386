"""The one sender of a process: it takes the deliveries of all jobs that come meanwhile, so no job waits for a receiver.

One transaction writes down what calls came to, one takes the endpoints that are wanted and reads what is due there, one
lets go those where nothing is due. Each locks endpoints once, in the order of their ids, so that two senders cannot
wait for each other. Calls are made on another thread (`calls`), so a receiver that hangs keeps two of its own calls
waiting, and nothing else.
"""

from __future__ import annotations

import time
from collections import Counter
from contextlib import suppress
from queue import Empty, SimpleQueue
from threading import Lock
from typing import TYPE_CHECKING, Protocol

from bellwork.db.engine import transaction
from bellwork.db.failpoints import reach
from bellwork.db.webhooks import Due, Holder, Outcome, fetch, leave, release, settle, take
from bellwork.tasks.webhooks.calls import Desk, calls

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from sqlalchemy import Connection

    from bellwork.db.webhooks import Again, Ended

#: Seconds after which a sender begins no further call; what is under way ends within the deadline of a call.
RUN = 10.0
#: Deliveries that are read for one endpoint at once, and at how many of them under way more are read.
_BATCH, _LOW = 100, 50
#: Seconds between two looks where nothing comes, and for which outcomes are gathered for one transaction.
_LOOK, _LINGER = 0.5, 0.02
#: Things that are taken for one transaction.
_MOST = 1_000

_turn = Lock()
_current: Sender | None = None


class Followed(Protocol):
    """What comes after a delivery, in the transaction that writes it down."""

    def again(self, again: Iterable[Again]) -> None:
        """Send the jobs of the next tries."""

    def ended(self, conn: Connection, ended: Iterable[Ended]) -> None:
        """Tell of endpoints that are disabled."""

    def left(self, deliveries: Iterable[int | None]) -> None:
        """Send jobs for what the next sender is to deliver."""


class Sender:
    """Delivers for one attempt of one job, until nothing is due or RUN is over."""

    def __init__(self, holder: Holder, followed: Followed) -> None:
        self._holder, self._followed = holder, followed
        self._inbox: SimpleQueue[Outcome | Due | int | None] = SimpleQueue()
        self._desk = Desk(self._inbox.put, self._inbox.put)
        #: What was asked for and not looked for yet: deliveries, None for everything.
        self._wanted: set[int | None] = set()
        #: The endpoints that are held, and the endpoint of each delivery that is under way.
        self._held: set[int] = set()
        self._under_way: dict[int, int] = {}
        self._outcomes: list[Outcome] = []

    def ask_for(self, delivery: int | None) -> None:
        """Have this delivered too (None: whatever is due)."""
        self._inbox.put(delivery)

    def is_asked(self) -> bool:
        """Tell whether something has come that was not looked at; only for whoever has the turn, or took it away."""
        return not self._inbox.empty()

    def run(self) -> None:
        """Deliver; afterwards nothing is under way. `end` is to be called in the transaction that ends the job."""
        until = time.monotonic() + RUN
        try:
            while time.monotonic() < until:
                if not self._gather():
                    # While a call takes its time the thread looks for more, for it may be the only one of its process.
                    self._wanted.add(None)
                self._go_on()
                if not self._held and _close(self):
                    return
        finally:
            _close(self, by_force=True)
            calls().close(self._desk)
        while self._under_way or self.is_asked():
            self._gather()
            self._settle()
            with transaction() as conn:
                self.end(conn)
            self._wanted.clear()

    def end(self, conn: Connection) -> None:
        """Leave all endpoints to which no call is under way, and what is wanted still, to the next sender."""
        idle = self._held - set(self._under_way.values())
        left = leave(conn, self._holder, idle) if idle else []
        self._held -= idle
        self._followed.left({*left, *self._wanted})

    def _go_on(self) -> None:
        busy = Counter(self._under_way.values())
        if not (self._outcomes or self._wanted or any(busy[endpoint] < _LOW for endpoint in self._held)):
            return
        self._settle()
        with transaction() as conn:
            if self._wanted:
                wanted = None if None in self._wanted else [each for each in self._wanted if each is not None]
                self._held |= take(conn, self._holder, wanted, self._held)
            low = [endpoint for endpoint in self._held if busy[endpoint] < _LOW]
            due = fetch(conn, self._holder, low, self._under_way, _BATCH) if low else []
        self._wanted.clear()
        self._under_way.update((each.id, each.endpoint) for each in due)
        calls().begin(self._desk, due)
        if idle := set(low) - set(self._under_way.values()):
            with transaction() as conn:
                self._held -= release(conn, self._holder, idle)

    def _settle(self) -> None:
        if not self._outcomes:
            return
        with transaction() as conn:
            reach("before_webhooks_settled")
            again, ended = settle(conn, self._outcomes)
            self._followed.again(again)
            self._followed.ended(conn, ended)
        self._outcomes.clear()

    def _gather(self) -> int:
        """Take what has come, or comes within a moment; returns how much that was."""
        until, taken = time.monotonic() + (_LINGER if self._under_way else 0.0), 0
        with suppress(Empty):
            while taken < _MOST:
                left = until - time.monotonic() if taken else _LOOK
                self._note(self._inbox.get(timeout=max(0.0, left)))
                taken += 1
        return taken

    def _note(self, came: Outcome | Due | int | None) -> None:
        match came:
            case Outcome():
                self._outcomes.append(came)
                del self._under_way[came.delivery]
            case Due():
                del self._under_way[came.id]
            case _:
                self._wanted.add(came)


def join_in(delivery: int | None, make: Callable[[], Sender]) -> Sender | None:
    """Give a delivery to the sender of this process; where there is none, make and return one, to be run at once."""
    global _current  # noqa: PLW0603 - a process has one
    with _turn:
        made = None
        if _current is None:
            _current = made = make()
        _current.ask_for(delivery)
        return made


def _close(sender: Sender, *, by_force: bool = False) -> bool:
    """Take nothing more, unless somebody has just asked; tells whether that is so."""
    global _current  # noqa: PLW0603 - as above
    with _turn:
        if sender.is_asked() and not by_force:
            return False
        if _current is sender:
            _current = None
        return True
