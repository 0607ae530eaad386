"""A worker process appears in the ledger, stops claiming when told to stop, and hands back what it will not run."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import sys
import time
from multiprocessing import parent_process
from threading import Timer
from typing import TYPE_CHECKING, Any, cast

import structlog
from dramatiq.middleware import Middleware, TimeLimit

from db import ledger
from db.engine import DatabaseError, transaction
from db.settings import settings
from workers import heartbeat
from workers.watch import Watch

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType
    from uuid import UUID

    from dramatiq.broker import Broker
    from dramatiq.worker import Worker

    from workers.broker import LedgerBroker

log = structlog.get_logger("bellwork.presence")

#: A second SIGTERM this soon after the first one (seconds) says the same.
AT_ONCE = 2.0
#: Within so long (seconds) after its worker's boot a process has told the master that it is up.
TOLD = 0.25
_PR_SET_PDEATHSIG = 1


class Presence(Middleware):
    """Registers the process at its boot, and takes it away at its end."""

    @property
    def forks(self) -> list[Callable[[], int]]:
        """Name the sibling process that renews this process's lease."""
        return [heartbeat.run]

    def after_process_boot(self, broker: Broker) -> None:
        """Ask the kernel for a SIGTERM should the master die: a worker without a master must not go on for ever."""
        del broker
        if sys.platform == "linux":
            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        _hear_once()
        master = parent_process()
        if master is not None and master.pid != os.getppid():
            os.kill(os.getpid(), signal.SIGTERM)  # it died before the kernel was asked

    def before_worker_boot(self, broker: Broker, worker: Worker) -> None:
        """Register."""
        ours = cast("LedgerBroker", broker)
        ours.worker = worker
        try:
            ours.reappear(ours.worker_id)
        except DatabaseError as error:
            # Whoever finds nothing to claim looks whether he is known, and registers then.
            log.warning("cannot register yet", error=str(error).splitlines()[0])
        Watch(ours).start()

    def after_worker_boot(self, broker: Broker, worker: Worker) -> None:
        """Open the gate for as many jobs as there are threads.

        Dramatiq's master is told right after this that the process is up; one that a job kills inside of that leaves
        a lock taken, and the master waits for it for ever. So the first job comes a moment later.
        """
        told = TOLD if parent_process() else 0.0
        self.opening = Timer(told, cast("LedgerBroker", broker).gate.open, [worker.worker_threads])
        self.opening.daemon = True
        self.opening.start()

    def before_worker_shutdown(self, broker: Broker, worker: Worker) -> None:
        """Claim nothing any more, and hand back at once what has not begun."""
        del worker
        ours = cast("LedgerBroker", broker)
        self.opening.cancel()
        self.opening.join()
        ours.gate.close()
        ours.hand_back_waiting()

    def after_worker_shutdown(self, broker: Broker, worker: Worker) -> None:
        """Leave: whatever still runs here was given its time, and may be run by somebody else now."""
        del worker
        ours = cast("LedgerBroker", broker)
        ours.worker = None
        ours.finisher.drain(timeout=5)
        try:
            with transaction() as conn:
                ledger.leave(conn, ours.worker_id)
        except DatabaseError as error:
            log.warning("could not say goodbye", error=str(error).splitlines()[0])


def _hear_once() -> None:
    """Take signals that come at once for one: a service manager tells the whole group, and so does the master.

    So does the kernel when the master dies: once for each of its threads. Dramatiq takes a second one for impatience.
    """
    stop = cast("Callable[[int, FrameType | None], Any]", signal.getsignal(signal.SIGTERM))
    heard = float("inf")

    def hear(number: int, frame: FrameType | None) -> None:
        nonlocal heard
        now = time.monotonic()
        if heard == float("inf") or now > heard + AT_ONCE:
            heard = min(heard, now)
            stop(number, frame)

    if callable(stop):
        signal.signal(signal.SIGTERM, hear)


def register(broker: LedgerBroker, worker_id: UUID | None = None) -> None:
    """Write this process and the actors it knows into the ledger, under the id given or the one it has."""
    identity = worker_id or broker.worker_id
    host, queues = socket.gethostname(), sorted(broker.queues)
    limits = {name: _hard_limit(broker, name) for name in broker.actors}
    worker = ledger.Worker(identity, host, os.getpid(), os.getppid(), queues, limits)
    with transaction() as conn:
        ledger.register_actors(conn, actor_rows(broker))
        ledger.register_worker(conn, worker, settings().lease)
    log.info("registered", worker=str(identity), pid=os.getpid(), queues=queues)


def actor_rows(broker: LedgerBroker) -> list[dict[str, object]]:
    """Describe every actor of a broker as the ledger's table of actors has it."""
    return [
        {
            "name": actor.actor_name,
            "queue": actor.queue_name,
            "priority": actor.priority,
            "lane": broker.lane(actor.queue_name),
        }
        for actor in broker.actors.values()
    ]


def _hard_limit(broker: LedgerBroker, actor_name: str) -> float | None:
    """Return after how many seconds an attempt's process is killed: the actor's time limit, and some grace."""
    default = next((m.time_limit for m in broker.middleware if isinstance(m, TimeLimit)), float("inf"))
    limit = float(broker.actors[actor_name].options.get("time_limit", default))
    return None if limit == float("inf") else limit / 1000 + settings().kill_grace
