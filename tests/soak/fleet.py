"""The programs of a soak, each behind proxies of its own, kept running by one thread whatever happens to them."""

from __future__ import annotations

import os
import signal
import threading
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

import psutil

from bellwork.ops.processes import Processes
from tests.proxy import Proxy, address_of, proxied

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path
    from types import TracebackType

    from bellwork.ops.processes import Sink

#: Seconds before a program that ended is started again, and between two looks at all of them.
PROMPT, GLANCE = 0.5, 0.05
#: Seconds that a program has to end by itself when all is over.
FAREWELL = 12.0


@dataclass
class Member:
    """One program: a master of workers, a scheduler, a producer."""

    name: str
    processes: Processes
    postgres: Proxy
    redis: Proxy

    @property
    def pid(self) -> int | None:
        """Its process id, None while it is down."""
        return self.processes.pids.get(self.name)

    def family(self) -> list[int]:
        """List the processes that it started: of a master the workers, and the sibling that beats for them."""
        with suppress(psutil.NoSuchProcess):
            return [child.pid for child in psutil.Process(self.pid).children(recursive=True)] if self.pid else []
        return []


@dataclass
class Fleet:
    """All programs; those that have not been retired are started again within half a second of their end."""

    environment: Mapping[str, str]
    folder: Path
    sink: Sink
    members: list[Member] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Prepare the thread."""
        self._cleanup = ExitStack()
        self._turn = threading.Lock()
        self._leaving = threading.Event()
        self._tended: list[Member] = []
        self._tender = threading.Thread(target=self._tend, name="fleet", daemon=True)

    def __enter__(self) -> Self:
        self._tender.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._leaving.set()
        self._tender.join()
        self.signal_all(signal.SIGCONT)
        self.signal_all(signal.SIGTERM)
        for member in self.members:
            member.processes.stop(FAREWELL)
        self._cleanup.close()

    def launch(self, name: str, command: Sequence[str]) -> Member:
        """Start a program behind proxies of its own."""
        urls = {variable: self.environment[variable] for variable in ("DATABASE_URL", "REDIS_URL")}
        postgres, redis = (self._cleanup.enter_context(Proxy(address_of(url))) for url in urls.values())
        ours = {
            "DATABASE_URL": proxied(urls["DATABASE_URL"], postgres.port),
            "REDIS_URL": proxied(urls["REDIS_URL"], redis.port),
        }
        processes = Processes({name: command}, {**self.environment, **ours}, self.sink, self.folder, PROMPT)
        member = Member(name, processes, postgres, redis)
        processes.start()
        self.members.append(member)
        with self._turn:
            self._tended.append(member)
        return member

    def retire(self, members: Sequence[Member], grace: float) -> None:
        """Let programs end, for good; what does not within `grace` seconds is killed."""
        with self._turn:
            self._tended = [member for member in self._tended if member not in members]
        for member in members:
            if member.pid:
                signal_to(member.pid, signal.SIGTERM)
        for member in members:
            member.processes.stop(grace)

    def named(self, kind: str) -> list[Member]:
        """List the members of one kind: worker, scheduler or producer."""
        return [member for member in self.members if member.name.startswith(kind)]

    def restarts(self) -> int:
        """Count how often anything was started again."""
        return sum(sum(member.processes.restarts.values()) for member in self.members)

    def signal_all(self, number: signal.Signals) -> None:
        """Send a signal to every program; SIGCONT also to what they started."""
        for member in self.members:
            family = member.family() if number == signal.SIGCONT else []
            for pid in [member.pid, *family]:
                if pid:
                    signal_to(pid, number)

    def _tend(self) -> None:
        while not self._leaving.wait(GLANCE):
            with self._turn:
                for member in self._tended:
                    member.processes.tend()


def signal_to(pid: int, number: signal.Signals) -> None:
    """Send a signal to a process, if it is still there."""
    with suppress(ProcessLookupError):
        os.kill(pid, number)
