"""What a piece of work takes: seconds, and CPU of this process and of every process of PostgreSQL."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import psutil
from sqlalchemy import text

from bellwork.db.engine import transaction

if TYPE_CHECKING:
    from collections.abc import Callable


class Spent(NamedTuple):
    """Seconds on the clock, and of CPU, which depends less on the neighbours."""

    seconds: float
    cpu: float

    def times(self, factor: float) -> Spent:
        """Return what so many times the work would take."""
        return Spent(self.seconds * factor, self.cpu * factor)


def spent(work: Callable[[], object]) -> Spent:
    """Do the work, and return what it took; of server processes that it started and that ended, to 10 ms."""
    server = _server()
    began, cpu = time.perf_counter(), _cpu(server)
    work()
    seconds = time.perf_counter() - began
    return Spent(seconds, _cpu(server) - cpu)


def _server() -> psutil.Process:
    with transaction() as conn:
        backend = conn.execute(text("SELECT pg_backend_pid()")).scalar_one()
    parent = psutil.Process(backend).parent()
    assert parent is not None, "a server process has a first one"
    return parent


def _cpu(server: psutil.Process) -> float:
    ended = server.cpu_times()
    alive = sum(_of(each.pid) for each in server.children())
    return time.process_time() + alive + float(ended.children_user + ended.children_system)


def _of(pid: int) -> float:
    try:
        return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9
    except OSError:
        return 0.0  # it has ended meanwhile, and is counted with those
