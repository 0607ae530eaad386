"""Bellwork as a contestant: one lane; its workers are `dramatiq bellwork.workers.main`, its sender is this process."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.benchmarks import loads, rows
from tests.benchmarks.fleet import PROCESSES, ROOT, THREADS, Command, running

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from contextlib import AbstractContextManager

    from tests.benchmarks.arena import Arena
    from tests.benchmarks.fleet import Fleet

_NO_ENVIRONMENT: Mapping[str, str] = {}


@dataclass
class Bellwork:
    """One lane of Bellwork; `suffix` is what its actors' names end with."""

    arena: Arena = field(repr=False)
    name: str
    queue: str
    suffix: str
    pace: Mapping[str, int]
    ours: bool = True

    def fleet(self, arena: Arena) -> AbstractContextManager[Fleet]:
        """Run the workers of this lane alone."""
        return fleet(arena, [self.queue])

    def send(self, load: str, count: int) -> None:
        """Send all of them in one transaction."""
        self._send(*loads.calls(load, count))

    def probe(self, first: int, count: int, apart: float) -> None:
        """Send one after the other, each in a transaction of its own."""
        loads.paced(self._send, first, count, apart)

    def left(self) -> int:
        """Count the ledger's jobs, which are there until they are finished and committed."""
        return rows.unfinished(self.arena.conn)

    def _send(self, job: str, calls: Iterable[tuple[float, ...]]) -> None:
        self.arena.ours.send_all(self._actor(job), calls)

    def _actor(self, job: str) -> Any:
        return getattr(self.arena.ours, f"{job}{self.suffix}")


def fleet(
    arena: Arena,
    queues: list[str],
    processes: int = PROCESSES,
    threads: int = THREADS,
    environment: Mapping[str, str] = _NO_ENVIRONMENT,
) -> AbstractContextManager[Fleet]:
    """Run Bellwork's workers for the length of the block, on these queues, with this added to the environment."""
    words = ["-m", "dramatiq", "bellwork.workers.main", "--processes", str(processes), "--threads", str(threads)]
    settings = {"SYSTEMS": "none", "WORK_MODULES": "tests.benchmarks.ours", "PYTHONPATH": str(ROOT)}
    command = Command(
        [[sys.executable, *words, "--queues", *queues]],
        {**os.environ, **settings, **environment},
        ready="ready for action",
        processes=processes,
    )
    return running(command, arena.log("bellwork-" + "-".join(queues)))


def lanes(arena: Arena) -> list[Bellwork]:
    """Enter both lanes."""
    short, long = arena.ours.SHORT, arena.ours.LONG
    return [
        Bellwork(
            arena, "Bellwork, short lane", short, "_short", {"nothing": 20_000, "advance": 10_000, "stages": 10_000}
        ),
        Bellwork(arena, "Bellwork, long lane", long, "", {"nothing": 15_000, "advance": 3_300, "stages": 2_500}),
    ]
