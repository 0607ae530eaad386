"""Ten kills of each way to deploy workers: until the jobs are available again, and until they have begun again."""

from __future__ import annotations

import importlib
import os
import signal
import sys
import threading
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bellwork.ops.processes import Processes
from tests.benchmarks import held
from tests.benchmarks.fleet import ROOT, THREADS
from tests.benchmarks.measure import GLANCE, say, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.benchmarks.arena import Arena

COLUMNS = ["", "kills", "available again s", "begun again s", "begun, after registration s", "run twice"]
NOTE = (
    "Eight jobs are held by the workers; the one that holds most of them is killed, or a whole container, and then all "
    "held jobs are let end; the longest of all kills. Available is when none stands as running under the dead worker; "
    "begun, when the last of its jobs has begun again, also counted from when the first of the restarted workers "
    "registered (below 0: others were faster). Run twice are jobs of neighbours. What ends is started again after "
    "0.5 s, by `bellwork worker` sooner if it lived for 10 s. A master of several processes ends with its last one, so "
    "the jobs wait for what the neighbours still run. LEASE is 3.5 s."
)
_MASTER = [sys.executable, "-m", "dramatiq", "bellwork.workers.main", "--threads", str(THREADS), "--processes"]
_CONTAINER = ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc"]
#: How workers are started, how many there are, and whether all of them are killed at once.
DEPLOYMENTS: dict[str, tuple[list[str], int, bool]] = {
    "one master with 1 process": ([*_MASTER, "1"], 1, False),
    "one master with 2 processes": ([*_MASTER, "2"], 2, False),
    "one master with 8 processes": ([*_MASTER, "8"], 8, False),
    "two masters on one host name, `bellwork worker -p 2`": (
        [sys.executable, "-m", "bellwork.ops.cli", "worker", "-p", "2", "-t", str(THREADS)],
        2,
        False,
    ),
    "a container restarted with the same pids (needs root)": ([*_CONTAINER, *_MASTER, "1"], 1, True),
}
_KILLS, _PATIENCE = 10, 90.0


@dataclass(frozen=True)
class Kill:
    """What came of one kill, in seconds, and how many jobs of neighbours ran again."""

    available: float
    begun: float
    registered: float | None
    twice: int


def measure(arena: Arena, kills: int = _KILLS) -> dict[str, list[Kill]]:
    """Kill workers of each deployment, without a scheduler and with one."""
    found = {}
    for name, (command, processes, whole) in DEPLOYMENTS.items():
        if whole and os.geteuid():
            continue
        for scheduler in (False, True):
            row = f"{name}, {'a' if scheduler else 'no'} scheduler"
            say(f"killing {row}")
            arena.empty()
            with _deployed(arena, command, processes, scheduler=scheduler) as fleet:
                found[row] = [_kill(arena, fleet, processes, whole=whole) for _ in range(kills)]
    return found


def row_of(name: str, kills: list[Kill]) -> list[str]:
    """Return a line of the table."""
    longest = [max(kill.available for kill in kills), max(kill.begun for kill in kills)]
    after = [kill.begun - kill.registered for kill in kills if kill.registered is not None]
    cells = [*(f"{each:.2f}" for each in longest), f"{max(after):.2f}" if after else "-"]
    return [f"Bellwork, {name}", str(len(kills)), *cells, str(sum(kill.twice for kill in kills))]


@contextmanager
def _deployed(arena: Arena, command: list[str], processes: int, *, scheduler: bool) -> Iterator[Processes]:
    chores = importlib.import_module("tests.benchmarks.chores")
    path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    environment = {**os.environ, "SYSTEMS": "none", "WORK_MODULES": "tests.benchmarks.chores", "PYTHONPATH": path}
    commands = {"worker": [*command, "--queues", chores.QUEUE]}
    if scheduler:
        commands["scheduler"] = [sys.executable, "-m", "bellwork.scheduler"]
    leaving = threading.Event()
    with ExitStack() as opened:
        log = opened.enter_context(arena.log("deployments").open("a", buffering=1))
        fleet = Processes(commands, environment, lambda name, line: print(name, line, file=log), latest=0.5)

        def tend() -> None:
            while not leaving.is_set():
                fleet.tend(0.05)

        tender = threading.Thread(target=tend, daemon=True)
        fleet.start()
        tender.start()
        try:
            wait_until(lambda: len(_workers(arena)) >= processes, lambda: "the workers did not come up")
            yield fleet
        finally:
            leaving.set()
            tender.join()
            fleet.stop(0)


def _kill(arena: Arena, fleet: Processes, processes: int, *, whole: bool) -> Kill:
    chores = importlib.import_module("tests.benchmarks.chores")
    wait_until(lambda: len(_workers(arena)) == processes, lambda: "the workers did not come back")
    arena.marks.clear(2 * held.COUNT)
    for number in range(held.COUNT):
        chores.hold.send(number)
    wait_until(lambda: bool(held.begun(arena.marks)), lambda: "not all of the jobs to be interrupted began")
    before = _workers(arena)
    began = held.begun(arena.marks)
    pids = [pid for _, pid in began]
    victim = max(set(pids), key=pids.count)
    lost = [number for number, pid in enumerate(pids) if whole or pid == victim]
    dead = [identity for identity, pid in before.items() if whole or pid == victim]
    time.sleep(1.5)  # a heartbeat is the last of its processes to come
    killed = time.time()
    if whole:
        os.killpg(fleet.pids["worker"], signal.SIGKILL)
    else:
        os.kill(victim, signal.SIGKILL)
    held.let_go(arena.marks)
    available = begun = 0.0
    while not (available and begun):
        assert time.time() < killed + _PATIENCE, "the jobs did not begin again"
        available = available or (time.time() if not _running_under(arena, dead) else 0.0)
        moments = [each[0] for each in held.begun(arena.marks)]
        begun = begun or (max(moments[number] for number in lost) if _again(moments, lost, killed) else 0.0)
        time.sleep(GLANCE)
    wait_until(lambda: _unfinished(arena) == 0, lambda: "not all of the interrupted jobs ended")
    moments = [each[0] for each in held.begun(arena.marks)]
    wait_until(lambda: len(_workers(arena).keys() - before.keys()) > 0, lambda: "nobody was started again")
    asked = b"SELECT extract(epoch FROM min(started_at))::float8 FROM bellwork.workers WHERE NOT id = ANY(%s)"
    [(registered,)] = arena.conn.execute(asked, (list(before),)).fetchall()
    twice = sum(moment > killed for number, moment in enumerate(moments) if number not in lost)
    return Kill(available - killed, begun - killed, registered - killed if registered else None, twice)


def _again(moments: list[float], lost: list[int], killed: float) -> bool:
    return bool(moments) and all(moments[number] > killed for number in lost)


def _workers(arena: Arena) -> dict[object, int]:
    return dict(arena.conn.execute(b"SELECT id, pid FROM bellwork.workers WHERE expires_at > now()").fetchall())


def _running_under(arena: Arena, dead: list[object]) -> int:
    asked = b"SELECT count(*) FROM bellwork.jobs WHERE state = 'running' AND worker_id = ANY(%s)"
    [(count,)] = arena.conn.execute(asked, (dead,)).fetchall()
    return int(count)


def _unfinished(arena: Arena) -> int:
    # Not the calendar's: nobody here listens to their queues.
    [(count,)] = arena.conn.execute(b"SELECT count(*) FROM bellwork.jobs WHERE actor = 'bench.hold'").fetchall()
    return int(count)
