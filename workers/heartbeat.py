"""The sibling process: renews the leases of its worker processes, rescues at once, and kills what overruns.

It stands beside the workers, not inside them: a C call that holds a worker's GIL must not look like death, and a
thread cannot be killed, but a process can. A worker that is dead, or frozen by SIGSTOP, gets no beat.
"""

from __future__ import annotations

import os
import signal
import socket
import time
from multiprocessing import parent_process
from typing import TYPE_CHECKING

import psutil
import structlog

from db import ledger
from db.engine import DatabaseError, forget, single_statements, transaction
from db.failpoints import reach
from db.settings import settings
from workers.logs import configure
from workers.pace import RARELY, Pace
from workers.rescue import offer_at_once, rescue_expired

if TYPE_CHECKING:
    from uuid import UUID

log = structlog.get_logger("bellwork.heartbeat")

#: How often the processes are looked at, in seconds; the ledger is asked once a beat, or at once when one died.
GLANCE = 0.2
_GONE = {psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD}
_FROZEN = {psutil.STATUS_STOPPED, psutil.STATUS_TRACING_STOP}


def run() -> int:
    """Beat until told to stop and the last worker is gone: workers that drain must not look dead."""
    stopping = False

    def stop(*_: object) -> None:
        nonlocal stopping
        stopping = True

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGHUP, stop)
    configure()
    forget()
    # Asked of Python, not of the system: a master that is dead already is not to be taken for its reaper.
    master = parent_process()
    heart = Heart(master.pid if master and master.pid else os.getppid())
    while not stopping or heart.anybody_lives():
        begun = time.monotonic()
        heart.beat()
        time.sleep(GLANCE)
        while time.monotonic() - begun < settings().beat and not heart.somebody_died():
            time.sleep(GLANCE)
        if os.getppid() != heart.master:
            stopping = True
    # The last worker may have been killed: nobody else would look after its jobs before its lease has run out.
    heart.beat()
    return 0


class Heart:
    """The workers of one master process, and what happens to them at each beat."""

    def __init__(self, master: int) -> None:
        self.master = master
        self.host = socket.gethostname()
        self.workers: dict[object, int] = {}
        self.troubled = False
        self.pace = Pace(RARELY)

    def beat(self) -> None:
        """Renew who is alive, rescue who is not, kill who overruns; a database that is away is tried again."""
        try:
            self._beat()
            self.troubled = False
        except DatabaseError as error:
            if not self.troubled:
                log.warning("cannot beat", error=str(error).splitlines()[0])
            self.troubled = True

    def anybody_lives(self) -> bool:
        """Tell whether a worker is left to beat for; asks the processes, for PostgreSQL may be gone for good."""
        return any(_status(pid) not in _GONE for pid in self.workers.values())

    def somebody_died(self) -> bool:
        """Tell whether a worker that was alive at the last beat is not."""
        return any(_status(pid) in _GONE for pid in self.workers.values())

    def _beat(self) -> None:
        reach("before_beat")
        # Far from PostgreSQL every round trip counts: a transaction would take two more.
        with single_statements() as conn:
            known = dict(ledger.workers_of(conn, self.host, self.master))
            status = {worker: _status(pid) for worker, pid in known.items()}
            alive = [worker for worker in known if status[worker] not in _GONE | _FROZEN]
            ledger.beat(conn, alive, settings().lease)
        dead = [worker for worker in known if status[worker] in _GONE]
        if dead:
            with transaction() as conn:
                jobs = ledger.rescue_dead(conn, dead, "the worker's process died")
            log.warning("worker died", workers=len(dead), rescued=len(jobs))
            offer_at_once(jobs)
        self.workers = {worker: pid for worker, pid in known.items() if worker not in dead}
        for worker, pid, jobs in self._overdue(alive):
            log.error("killing a worker", pid=pid, overdue=jobs)
            _kill(pid)
            with transaction() as conn:
                rescued = ledger.rescue_killed(conn, worker, jobs)
            offer_at_once(rescued)
        rescue_expired()

    def _overdue(self, alive: list[UUID]) -> list[tuple[UUID, int, list[int]]]:
        """Look for overruns as often as that is cheap: it walks over everything that these workers ran."""
        if not self.pace.is_due():
            return []
        with single_statements() as conn, self.pace.look():
            return ledger.overdue(conn, alive, settings().kill_grace)


def _status(pid: int) -> str:
    try:
        return str(psutil.Process(pid).status())
    except psutil.NoSuchProcess:
        return str(psutil.STATUS_DEAD)


def _kill(pid: int) -> None:
    """Kill and wait until nothing of the process runs any more (its master may leave it a zombie for a while)."""
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return
    while _status(pid) not in _GONE:
        time.sleep(0.01)
