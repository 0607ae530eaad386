"""Worker processes as a user starts them, from the command line: 2 processes of 8 threads, or a peer's likeness."""

from __future__ import annotations

import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from collections.abc import Iterator

PROCESSES, THREADS = 2, 8
ROOT = Path(__file__).parents[2]
#: A fleet is up when its workers say so and the whole tree used less than this much CPU in as many seconds.
_QUIET, _WHILE = 0.05, 0.3
_PATIENCE = 60.0
#: The kind of clock that counts what a process ran, to the nanosecond (CPUCLOCK_SCHED of Linux).
_SCHEDULED = 2


@dataclass(frozen=True)
class Command:
    """How a fleet is started: command lines, their environment, and what each worker process logs when it is up."""

    lines: list[list[str]]
    environment: dict[str, str]
    ready: str
    processes: int = PROCESSES


@dataclass(frozen=True)
class Fleet:
    """A running fleet: the processes that were started, whose descendants belong to it, and what they say."""

    roots: list[psutil.Process]
    log: Path

    def processes(self) -> list[psutil.Process]:
        """List every living process of the fleet."""
        return [
            process for root in self.roots if root.is_running() for process in [root, *root.children(recursive=True)]
        ]

    def cpu(self) -> float:
        """Sum up the seconds of CPU that the whole fleet has used."""
        return cpu_seconds(*self.roots)

    def tail(self) -> str:
        """Return the end of what the fleet says."""
        return f"the fleet says:\n{self.log.read_text(errors='replace')[-2000:]}"

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Stop all processes while a queue is filled, far shorter than any lease."""
        processes = self.processes()
        for process in processes:
            process.suspend()
        try:
            yield
        finally:
            for process in processes:
                process.resume()


@contextmanager
def running(command: Command, log: Path) -> Iterator[Fleet]:
    """Run a fleet for the length of the block, which begins when all of its processes are up; it logs to `log`."""
    with log.open("wb") as said:
        started = [
            subprocess.Popen(
                line, cwd=ROOT, env=command.environment, stdin=subprocess.DEVNULL, stdout=said, stderr=said
            )
            for line in command.lines
        ]
    fleet = Fleet([psutil.Process(process.pid) for process in started], log)
    try:
        _wait_until_up(fleet, command)
        yield fleet
    finally:
        # Everything is measured and committed by now; a clean stop would only cost the benchmark its time.
        for process in fleet.processes():
            with suppress(psutil.NoSuchProcess):
                process.kill()
        for process in started:
            process.wait()


def cpu_seconds(*trees: psutil.Process) -> float:
    """Sum up user and system time of these processes, their descendants, and children that have ended."""
    return sum(_times(process) for tree in trees for process in [tree, *tree.children(recursive=True)])


def _wait_until_up(fleet: Fleet, command: Command) -> None:
    deadline = time.monotonic() + _PATIENCE
    quiet = False
    while not (quiet and fleet.log.read_bytes().count(command.ready.encode()) >= command.processes):
        assert time.monotonic() < deadline, f"no fleet after {_PATIENCE:g} s; {fleet.tail()}"
        before = fleet.cpu()
        time.sleep(_WHILE)
        quiet = fleet.cpu() - before < _QUIET


def _times(process: psutil.Process) -> float:
    try:
        ended = process.cpu_times()
        return _clock(process) + float(ended.children_user + ended.children_system)
    except (psutil.NoSuchProcess, OSError):
        return 0.0


def _clock(process: psutil.Process) -> float:
    """Read the process's CPU clock.

    The kernel's ticks of 10 ms would say nothing of a backend that was born a moment ago, and there are many of them.
    """
    if sys.platform == "linux":
        return time.clock_gettime(~process.pid << 3 | _SCHEDULED)
    times = process.cpu_times()
    return float(times.user + times.system)
