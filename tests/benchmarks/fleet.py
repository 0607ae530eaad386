"""Worker processes as a user starts them: the dramatiq command line, 2 processes of 8 threads."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from collections.abc import Iterator

PROCESSES, THREADS = 2, 8
OURS, STOCK = "workers.main", "tests.benchmarks.stock:broker"
_ROOT = Path(__file__).parents[2]
_READY = b"ready for action"
#: A fleet is up when its workers say so and the whole tree used less than this much CPU in as many seconds.
_QUIET, _WHILE = 0.05, 0.4
_PATIENCE = 60.0


@contextmanager
def running(module: str, log: Path, queues: list[str]) -> Iterator[psutil.Process]:
    """Run a fleet for the length of the block, which begins when all of its processes are up; it logs to `log`."""
    words = ["-m", "dramatiq", module, "--processes", str(PROCESSES), "--threads", str(THREADS), "--queues", *queues]
    environment = {**os.environ, "WORK_MODULES": "tests.benchmarks.ours", "PYTHONPATH": str(_ROOT)}
    with log.open("wb") as said:
        master = subprocess.Popen([sys.executable, *words], cwd=_ROOT, env=environment, stdout=said, stderr=said)
    tree = psutil.Process(master.pid)
    try:
        _wait_until_up(tree, log)
        yield tree
    finally:
        # Everything is measured and committed by now; a clean stop would only cost the benchmark its time.
        for process in [*tree.children(recursive=True), tree]:
            process.kill()
        master.wait()


@contextmanager
def paused(tree: psutil.Process) -> Iterator[None]:
    """Stop all processes of a fleet while a queue is filled, far shorter than any lease."""
    processes = [tree, *tree.children(recursive=True)]
    for process in processes:
        process.suspend()
    try:
        yield
    finally:
        for process in processes:
            process.resume()


def cpu_seconds(*trees: psutil.Process) -> float:
    """Sum up user and system time of these processes, their descendants, and children that have ended."""
    return sum(_times(process) for tree in trees for process in [tree, *tree.children(recursive=True)])


def _wait_until_up(tree: psutil.Process, log: Path) -> None:
    deadline = time.monotonic() + _PATIENCE
    quiet = False
    while not (quiet and log.read_bytes().count(_READY) >= PROCESSES):
        assert time.monotonic() < deadline, f"no fleet after {_PATIENCE:g} s; it says:\n{log.read_text()[-2000:]}"
        before = cpu_seconds(tree)
        time.sleep(_WHILE)
        quiet = cpu_seconds(tree) - before < _QUIET


def _times(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return float(times.user + times.system + times.children_user + times.children_system)
