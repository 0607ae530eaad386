"""Worker processes as a user starts them: the dramatiq command line, 2 processes of 8 threads."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from collections.abc import Iterator

PROCESSES, THREADS = 2, 8
OURS, STOCK = "workers.main", "tests.benchmarks.stock:broker"
_ROOT = Path(__file__).parents[2]


@contextmanager
def running(module: str, log: Path) -> Iterator[psutil.Process]:
    """Run a fleet for the length of the block; what it says goes to `log`."""
    words = ["-m", "dramatiq", module, "--processes", str(PROCESSES), "--threads", str(THREADS)]
    environment = {**os.environ, "WORK_MODULES": "tests.benchmarks.ours", "PYTHONPATH": str(_ROOT)}
    with log.open("ab") as said:
        master = subprocess.Popen([sys.executable, *words], cwd=_ROOT, env=environment, stdout=said, stderr=said)
    tree = psutil.Process(master.pid)
    try:
        yield tree
    finally:
        # Everything is measured and committed by now; a clean stop would only cost the benchmark its time.
        for process in [*tree.children(recursive=True), tree]:
            process.kill()
        master.wait()


def cpu_seconds(*trees: psutil.Process) -> float:
    """Sum up user and system time of these processes, their descendants, and children that have ended."""
    return sum(_times(process) for tree in trees for process in [tree, *tree.children(recursive=True)])


def _times(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return float(times.user + times.system + times.children_user + times.children_system)
