"""Seconds from the kill of a worker process to the moment its jobs run again elsewhere, of Bellwork and two peers."""

from __future__ import annotations

import importlib
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from tests.benchmarks import held, rows
from tests.benchmarks.fleet import ROOT, THREADS, Command, running
from tests.benchmarks.kills import interrupt
from tests.benchmarks.marks import Marks
from tests.benchmarks.measure import percentile, say
from tests.benchmarks.peer import Peer
from tests.benchmarks.section import Section

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from pathlib import Path

    from tests.benchmarks.arena import Arena
    from tests.benchmarks.fleet import Fleet
    from tests.benchmarks.section import Plan

    #: Seconds of each kill; None for one whose jobs had not begun again when patience ended.
    Rescues = dict[str, list[float | None]]

HEADING = "From the kill of a worker to its jobs running elsewhere"
WORKER, MACHINE = "Bellwork, kill -9 of a worker process", "Bellwork, kill -9 of its master and heartbeat, too"
PEERS = {
    "Dramatiq, kill -9 of a worker process": "held_by_dramatiq",
    "Procrastinate, kill -9 of a worker process": "held_by_procrastinate",
}
_COLUMNS = ["", "kills", "p50 s", "p99 s", "longest s"]
_OURS = (
    "Eight jobs are held by the workers; the one that holds most of them is killed, and the clock stops when the "
    "last of its jobs has begun again. No scheduler runs."
)
_THEIRS = (
    "The peers run as they come and are waited for 300 s. Dramatiq's workers look for the jobs of the dead now "
    "and then; Procrastinate's periodic task, as its documentation gives it, looks every tenth minute."
)
#: So long (seconds) the peers are waited for; and Bellwork, which is to need a few.
PATIENCE, _SOON = 300.0, 60.0
#: A fleet has one master more than this, each with one process; each kill takes one away.
_KILLS = 5


def measure(arena: Arena, plan: Plan) -> Section:
    """Measure the rescue; the peers, in full alone, wait for theirs while Bellwork's workers are killed."""
    arena.empty()
    found: Rescues = {}
    with ThreadPoolExecutor() as threads:
        names = plan.pick(quick=0, full=len(PEERS))
        theirs = {name: threads.submit(_peer, arena, name, module) for name, module in [*PEERS.items()][:names]}
        found[WORKER] = _ours(arena, plan.pick(quick=1, full=10), whole=False)
        found[MACHINE] = _ours(arena, plan.pick(quick=0, full=2), whole=True)
        found |= {name: [each.result()] for name, each in theirs.items()}
    return _section({name: rescues for name, rescues in found.items() if rescues})


def _ours(arena: Arena, fleets: int, *, whole: bool) -> list[float | None]:
    return [seconds for turn in range(fleets) for seconds in _killed_one_by_one(arena, turn, whole=whole)]


def _killed_one_by_one(arena: Arena, turn: int, *, whole: bool) -> list[float | None]:
    """Kill the workers of a fleet one after the other, until one is left."""
    chores = importlib.import_module("tests.benchmarks.chores")

    def send() -> None:
        for number in range(held.COUNT):
            chores.hold.send(number)

    with _fleet(arena, chores.QUEUE):
        say(f"killing the workers of fleet {turn + 1}")
        left = lambda: rows.unfinished(arena.conn)  # noqa: E731 - a question, asked until the answer is 0
        return [interrupt(arena.marks, send, left, _SOON, whole=whole) for _ in range(_KILLS)]


def _fleet(arena: Arena, queue: str) -> AbstractContextManager[Fleet]:
    words = ["-m", "dramatiq", "workers.main", "--processes", "1", "--threads", str(THREADS), "--queues", queue]
    environment = {**os.environ, "WORK_MODULES": "tests.benchmarks.chores", "PYTHONPATH": str(ROOT)}
    lines = [[sys.executable, *words]] * (_KILLS + 1)
    return running(Command(lines, environment, "ready for action", len(lines)), arena.log("rescue"))


class _Peer(Peer):
    """A peer whose jobs leave their marks in a file of their own, for others are interrupted at the same time."""

    @property
    def path(self) -> Path:
        """Name the file."""
        return self.arena.place / f"marks-{self.module}"

    def _environment(self) -> dict[str, str]:
        return {**super()._environment(), "BENCH_MARKS": str(self.path)}


def _peer(arena: Arena, name: str, module: str) -> float | None:
    """Kill one worker of a peer."""
    peer = _Peer(arena, name, module, {})
    try:
        with peer.fleet(arena):
            return interrupt(Marks(peer.path), lambda: peer.send("nothing", held.COUNT), peer.left, PATIENCE)
    finally:
        peer.close()


def _section(found: Rescues) -> Section:
    table = [[name, str(len(rescues)), *_cells(rescues)] for name, rescues in found.items()]
    return Section(
        "rescue", HEADING, _COLUMNS, table, [_OURS, _THEIRS], {name: {"seconds": each} for name, each in found.items()}
    )


def _cells(rescues: list[float | None]) -> list[str]:
    seconds = [float("inf") if each is None else each for each in rescues]
    chosen = [percentile(seconds, share) for share in (0.5, 0.99, 1)]
    return [f"more than {PATIENCE:g}" if value == float("inf") else f"{value:.2f}" for value in chosen]
