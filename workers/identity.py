"""Which process is which: pids and host names come again, a master's key and the moment a process began do not."""

from __future__ import annotations

import os
import time
from hashlib import sha256
from multiprocessing import current_process, parent_process
from uuid import UUID, uuid5

import psutil

#: Two readings of when a process began differ by up to so many seconds: the system corrects the time of its boot.
SAME = 2.0
_GONE = {psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD}
_FROZEN = {psutil.STATUS_STOPPED, psutil.STATUS_TRACING_STOP}


def master_id() -> UUID:
    """Identify the master of this process: the same in the master and in all that it started, and nowhere else.

    It is drawn from the random key that multiprocessing makes when a program starts and hands to its children. The
    master's pid is added because a program may have started several masters; the key itself is not to be read from it.
    """
    master = parent_process()
    key = sha256(b"bellwork.master" + bytes(current_process().authkey)).digest()
    return uuid5(UUID(bytes=key[:16]), str(master.pid if master else os.getpid()))


def started() -> float:
    """Return when this process began, in seconds since 1970."""
    return float(psutil.Process().create_time())


def age() -> float:
    """Return for how many seconds this process has been there."""
    return time.time() - started()


def find(pid: int, began: float) -> psutil.Process | None:
    """Return the process of a pid that began at this moment; None where there is none, or another one."""
    try:
        process = psutil.Process(pid)
        return process if abs(process.create_time() - began) <= SAME else None
    except psutil.NoSuchProcess:
        return None


def is_gone(process: psutil.Process | None) -> bool:
    """Tell whether nothing of a process runs any more; its parent may leave it a zombie for a while."""
    return process is None or not process.is_running() or _status(process) in _GONE


def is_frozen(process: psutil.Process | None) -> bool:
    """Tell whether a process stands still, by SIGSTOP or a debugger."""
    return process is not None and _status(process) in _FROZEN


def _status(process: psutil.Process) -> str:
    try:
        return str(process.status())
    except psutil.NoSuchProcess:
        return str(psutil.STATUS_DEAD)
