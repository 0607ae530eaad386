"""The nemesis: by the dice of a seed it strikes every few seconds, and ends each trouble in its time."""

from __future__ import annotations

import signal
import time
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

from redis import RedisError

from bellwork.db.engine import DatabaseError
from tests.soak.blows import BLOWS
from tests.soak.blows.calendar import MINUTELY, resume_entry
from tests.soak.blows.inside import call_off
from tests.soak.blows.operators import QUEUES, resume_queue

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.soak.blows import Blow, Draw
    from tests.soak.field import Field

#: Seconds between two blows.
SOONEST, LATEST = 1.0, 4.0
_GLANCE = 0.05
#: What a blow meets where another one is at work.
IN_THE_WAY = (*DatabaseError, RedisError)
_SYNTAX_ERROR = "42601"


@dataclass
class Event:
    """What happened, `at` so many seconds after the beginning."""

    at: float
    words: str


@dataclass
class Nemesis:
    """Strikes for some seconds; `tell` hears of every event."""

    field: Field
    tell: Callable[[Event], None]

    def __post_init__(self) -> None:
        """Take the dice."""
        self.events: list[Event] = []
        self._dice = Random(self.field.seed)  # noqa: S311 - it has to be the same again for the same seed
        self._began = time.monotonic()
        self._open: list[tuple[float, Blow]] = []

    def rage(self, seconds: float) -> None:
        """Strike until `seconds` are over; whatever is under way then is ended."""
        until = time.monotonic() + seconds
        while (now := time.monotonic()) < until:
            pause = self._dice.uniform(SOONEST, LATEST)
            self._strike()
            self._wait(min(until, now + pause))
        self.heal()

    def heal(self) -> None:
        """End all trouble, known or not."""
        for _, blow in self._open:
            self._end(blow)
        self._open.clear()
        call_off(self.field.failpoints)
        self.field.servers.start_postgres()
        self.field.servers.start_redis()
        for member in self.field.fleet.members:
            member.postgres.heal()
            member.redis.heal()
        self.field.fleet.signal_all(signal.SIGCONT)
        for queue in QUEUES:
            resume_queue(queue)
        for entry in MINUTELY:
            resume_entry(entry)
        self._note("all is healed")

    def _strike(self) -> None:
        [draw] = self._dice.choices(list(BLOWS), list(BLOWS.values()))
        try:
            blow = draw(self.field, self._dice)
        except IN_THE_WAY as error:
            if getattr(getattr(error, "orig", error), "sqlstate", None) == _SYNTAX_ERROR:
                raise  # no trouble of the servers makes a text wrong: this blow can never strike
            self._note(f"{_name(draw)} met other trouble: {str(error).strip().splitlines()[0]}")
            return
        if blow is None:
            return
        self._note(blow.words)
        if blow.heal:
            self._open.append((time.monotonic() + blow.seconds, blow))

    def _wait(self, until: float) -> None:
        while time.monotonic() < until:
            time.sleep(_GLANCE)
            due = [entry for entry in self._open if entry[0] <= time.monotonic()]
            for entry in due:
                self._open.remove(entry)
                self._end(entry[1])

    def _end(self, blow: Blow) -> None:
        if blow.heal is None:
            return
        try:
            blow.heal()
        except IN_THE_WAY:
            # PostgreSQL itself is away: tried again at the end, with everything else.
            return
        self._note(f"over: {blow.words}")

    def _note(self, words: str) -> None:
        self.events.append(Event(time.monotonic() - self._began, words))
        self.tell(self.events[-1])


def _name(draw: Draw) -> str:
    return draw.__name__.replace("_", " ")
