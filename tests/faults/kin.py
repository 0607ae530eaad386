"""The processes of a master, workers and heartbeat: which of them live, and how much memory one may take."""

from __future__ import annotations

import resource

import psutil

from tests.faults.ground import workers


def family(master: int) -> list[psutil.Process]:
    """List the processes that a master started; none where it is gone itself."""
    try:
        return list(psutil.Process(master).children())
    except psutil.NoSuchProcess:
        return []


def heart_of(master: int) -> psutil.Process | None:
    """Return the living process beside the workers of a master."""
    known = {worker.pid for worker in workers()}
    return next((child for child in family(master) if child.pid not in known and lives(child)), None)


def runs(pid: int) -> bool:
    """Tell whether there is such a process, and no mere zombie."""
    return psutil.pid_exists(pid) and lives(psutil.Process(pid))


def lives(process: psutil.Process) -> bool:
    """Tell whether anything of a process still runs; its parent may leave it a zombie for a while."""
    try:
        return bool(process.is_running() and process.status() not in {psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD})
    except psutil.NoSuchProcess:
        return False


def limit_memory(pid: int, more: int | None = None) -> None:
    """Let a process take so many megabytes more than it has, or as much as there is."""
    _, most = resource.prlimit(pid, resource.RLIMIT_AS)
    limit = most if more is None else psutil.Process(pid).memory_info().vms + more * 2**20
    resource.prlimit(pid, resource.RLIMIT_AS, (limit, most))
