"""The sibling process: renews the leases of its worker processes, rescues at once, and kills what overruns.

It stands beside the workers, not inside them: a C call that holds a worker's GIL must not look like death, and a
thread cannot be killed, but a process can. A worker that is dead, or frozen by SIGSTOP, gets no beat.
"""

from __future__ import annotations

import os
import signal
import time
from multiprocessing import current_process, parent_process
from multiprocessing.util import Finalize
from typing import TYPE_CHECKING

import psutil
import structlog

from bellwork.db import ledger
from bellwork.db.engine import DatabaseError, forget, single_statements, transaction
from bellwork.db.failpoints import reach
from bellwork.db.outdated import through_migrations
from bellwork.db.settings import settings
from bellwork.workers import rescue
from bellwork.workers.identity import find, is_frozen, is_gone, master_id
from bellwork.workers.logs import configure
from bellwork.workers.pace import RARELY, Pace

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy import Connection

log = structlog.get_logger("bellwork.heartbeat")

#: How often the processes are looked at, in seconds; the ledger is asked once a beat, or at once when one died.
GLANCE = 0.2
_ENDING = {signal.SIGTERM, signal.SIGHUP}


def _is_starting() -> bool:
    """Tell whether Dramatiq imports this in the process that is to beat, and not in a worker to read its name."""
    return current_process().daemon and signal.SIGTERM in signal.pthread_sigmask(signal.SIG_BLOCK, ())


def _told_while_starting() -> bool:
    """Take back a SIGTERM that came while this was imported, and tell whether one did.

    Dramatiq holds signals back for that long, and then ends the process by what has come: workers that are draining
    would be left without a heartbeat.
    """
    early = _ENDING & signal.sigpending()
    for number in early:
        signal.sigwait([number])
    return bool(early)


def _beat_all_the_same() -> None:
    """Beat where a SIGTERM ended this process after the import and before `run`, which hears it.

    A master whose only worker died ends when it has read that its heartbeat is ready, and sends it one then.
    """
    run(told=True)


_told = _is_starting() and _told_while_starting()
_unless_begun = Finalize(None, _beat_all_the_same, exitpriority=0) if _is_starting() else None


def run(*, told: bool = False) -> int:
    """Beat until told to stop and the last worker is gone: workers that drain must not look dead."""
    try:
        _run(told=told or _told)
    except Exception:
        log.exception("ended by an error")  # multiprocessing would print it as it is
        return 1
    return 0


def _run(*, told: bool) -> None:
    stopping = told

    def stop(*_: object) -> None:
        nonlocal stopping
        stopping = True

    for number in _ENDING:
        signal.signal(number, stop)
    if _unless_begun:
        _unless_begun.cancel()
    configure()
    forget()
    # Asked of Python, not of the system: a master that is dead already is not to be taken for its reaper.
    master = parent_process()
    heart = Heart(master.pid if master and master.pid else os.getppid())
    heart.beat()
    while not stopping or heart.anybody_lives():
        begun = time.monotonic()
        time.sleep(GLANCE)
        while time.monotonic() - begun < settings().beat and not (heart.somebody_died() or rescue.is_due()):
            time.sleep(GLANCE)
        heart.beat()
        if not heart.has_master():
            stopping = True
    # The last worker may have been killed: no other process would rescue its jobs before its lease has run out, and
    # none knows that it died alone. What PostgreSQL still has locked is waited for as long as that lease.
    ends = time.monotonic() + settings().lease
    heart.beat()
    while heart.has_unfinished() and time.monotonic() < ends:
        time.sleep(GLANCE)
        heart.beat()


class Heart:
    """The workers of one master process, and what happens to them at each beat.

    A worker is one of them if its row bears the master's identity, and alive if the process of its pid is the one that
    wrote the row: host names and pids come again when a container restarts, and two containers may share both.
    """

    def __init__(self, master_pid: int) -> None:
        self.master_pid = master_pid
        self.master = master_id()
        self.workers: dict[UUID, psutil.Process | None] = {}
        #: Those of them whose lease has run out: what they had is with others, and counted as lost.
        self.silent: set[UUID] = set()
        self.reported: set[UUID] = set()
        self.killed: dict[UUID, list[int]] = {}
        self.troubled = False
        self.pace = Pace(RARELY)

    def beat(self) -> None:
        """Renew live workers, rescue dead ones' jobs, kill what overruns; a database that is away is tried again."""
        try:
            self._beat()
            self.troubled = False
        except DatabaseError as error:
            rescue.note_failure()
            if not self.troubled:
                log.warning("cannot beat", error=error)
            self.troubled = True

    def has_master(self) -> bool:
        """Tell whether the master still runs; its workers end by themselves without it."""
        return os.getppid() == self.master_pid

    def anybody_lives(self) -> bool:
        """Tell whether a worker is left to beat for; asks the processes, for PostgreSQL may be gone for good."""
        return not all(is_gone(process) for process in self.workers.values())

    def somebody_died(self) -> bool:
        """Tell whether a worker is gone and its jobs are not available yet."""
        return any(is_gone(process) for worker, process in self.workers.items() if worker not in self.silent)

    def has_unfinished(self) -> bool:
        """Tell whether something is left to be written down of a worker that is gone, and PostgreSQL can be reached."""
        return not self.troubled and any(is_gone(process) for process in self.workers.values())

    @through_migrations
    def _beat(self) -> None:
        reach("before_beat")
        # Far from PostgreSQL every round trip counts: a transaction would take two more.
        with single_statements() as conn:
            self._look_at_workers(conn)
            alive = [worker for worker, process in self.workers.items() if not is_gone(process) | is_frozen(process)]
            ledger.beat(conn, alive, settings().lease, time.time())
        self._kill_overdue(alive)
        if dead := [worker for worker, process in self.workers.items() if is_gone(process)]:
            self._rescue(dead)
        if self.silent:
            self._judge_losses()
        rescue.rescue_expired()

    def _look_at_workers(self, conn: Connection) -> None:
        known = ledger.workers_of(conn, self.master)
        self.workers = {each.id: self.workers.get(each.id) or find(each.pid, each.started) for each in known}
        self.silent = {each.id for each in known if not each.registered}

    def _kill_overdue(self, alive: list[UUID]) -> None:
        """Look for overruns as often as that is fast: it reads past everything that these workers ran."""
        if not self.pace.is_due():
            return
        with single_statements() as conn, self.pace.measured():
            overdue = ledger.overdue(conn, alive, settings().kill_grace)
        for worker, pid, jobs in overdue:
            log.error("killing a worker", pid=pid, overdue=jobs)
            self.killed[worker] = jobs
            _kill(self.workers[worker])

    def _rescue(self, dead: list[UUID]) -> None:
        """Make available what dead workers ran; what PostgreSQL still has locked is asked for again."""
        rescued: list[int] = []
        for worker in self.killed.keys() & dead:
            with transaction() as conn:
                rescued += ledger.rescue_killed(conn, worker, self.killed[worker])
        if died := [worker for worker in dead if worker not in self.killed]:
            with transaction() as conn:
                rescued += ledger.rescue_dead(conn, died, "the worker's process died", charged=self.has_master())
        if new := set(dead) - self.reported - self.killed.keys():
            log.warning("worker died", workers=len(new), rescued=len(rescued))
        elif rescued:
            log.warning("rescued", jobs=len(rescued), ids=rescued[:20])
        self.reported = set(dead)
        if rescued:
            rescue.offer_at_once(rescued)
        with single_statements() as conn:
            self._look_at_workers(conn)

    def _judge_losses(self) -> None:
        """Charge what was lost with workers that died alone, and with no other; this heartbeat may have come late."""
        died = [worker for worker in self.silent - self.killed.keys() if is_gone(self.workers[worker])]
        charged = died if self.has_master() else []
        with transaction() as conn:
            if charged:
                ledger.charge_losses(conn, charged)
            ledger.forget_losses(conn, list(self.silent.difference(charged)))


def _kill(process: psutil.Process | None) -> None:
    """Kill and wait until nothing of the process runs any more (its master may leave it a zombie for a while)."""
    try:
        if process:
            process.kill()
    except psutil.NoSuchProcess:
        return
    while not is_gone(process):
        time.sleep(0.01)
