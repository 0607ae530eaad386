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

from bellwork.db import ledger
from bellwork.db.engine import DatabaseError, transaction
from bellwork.db.settings import settings
from bellwork.workers.declaration import LABELS, label_of
from bellwork.workers.identity import master_id, started
from bellwork.workers.room import Room
from bellwork.workers.watch import Watch

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType
    from uuid import UUID

    from dramatiq.broker import Broker
    from dramatiq.worker import Worker

    from bellwork.db.vocabulary import Objective
    from bellwork.workers.engine import Engine

log = structlog.get_logger("bellwork.presence")

#: A second SIGTERM this soon after the first one (seconds) says the same.
AT_ONCE = 2.0
#: Within so long (seconds) after its worker's boot a process has told the master that it is up.
TOLD = 0.25
_PR_SET_PDEATHSIG = 1


class Presence(Middleware):
    """Registers the process at its boot, and takes it away at its end."""

    repeatable = True

    def __init__(self) -> None:
        self.watch: Watch | None = None
        self.room: Room | None = None

    def leaves(self) -> bool:
        """Tell whether this process has asked itself to stop."""
        return self.watch is not None and self.watch.leaving

    @property
    def forks(self) -> list[Callable[[], int]]:
        """Name the sibling process that renews this process's lease."""
        from bellwork.workers import heartbeat  # noqa: PLC0415 - what it does when it is imported belongs into that process

        return [heartbeat.run]

    def after_process_boot(self, broker: Broker) -> None:
        """Ask the kernel for a SIGTERM should the master die: a worker without a master must not go on for ever."""
        del broker
        if sys.platform == "linux":
            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        _hear_once(self.leaves)
        master = parent_process()
        if master is not None and master.pid != os.getppid():
            os.kill(os.getpid(), signal.SIGTERM)  # it died before the kernel was asked

    def before_worker_boot(self, broker: Broker, worker: Worker) -> None:
        """Register."""
        ours = cast("Engine", broker)
        ours.worker = worker
        try:
            ours.register_anew(ours.worker_id)
        except DatabaseError as error:
            # A consumer that finds nothing to claim asks whether its worker is registered, and registers it then.
            log.warning("cannot register yet", error=error)
        self.watch = Watch(ours)
        self.watch.start()
        self.room = Room()
        self.room.start()

    def after_worker_boot(self, broker: Broker, worker: Worker) -> None:
        """Open as many slots as there are threads.

        Dramatiq's master is told right after this that the process is up. A process that a job kills while it tells so
        does not release the lock of that pipe, and the master waits for it for ever. So the first claim comes later.
        """
        told = TOLD if parent_process() else 0.0
        self.opening = Timer(told, cast("Engine", broker).capacity.open, [worker.worker_threads])
        self.opening.daemon = True
        self.opening.start()

    def before_worker_shutdown(self, broker: Broker, worker: Worker) -> None:
        """Claim nothing any more, and hand back at once what has not begun."""
        del worker
        ours = cast("Engine", broker)
        self.opening.cancel()
        self.opening.join()
        ours.capacity.close()
        ours.hand_back_waiting()

    def after_worker_shutdown(self, broker: Broker, worker: Worker) -> None:
        """Deregister: what still runs here has used up its time, and other workers may claim it now."""
        del worker
        ours = cast("Engine", broker)
        ours.worker = None
        if self.room is not None:
            self.room.end()
        if self.watch is not None:
            self.watch.end(timeout=5)
        ours.finisher.drain(timeout=5)
        try:
            with transaction() as conn:
                ledger.deregister(conn, ours.worker_id)
        except DatabaseError as error:
            log.warning("could not deregister", error=error)


def _hear_once(leaves: Callable[[], bool]) -> None:
    """Take signals that come at once for one: a service manager tells the whole group, and so does the master.

    So does the kernel when the master dies: once for each of its threads. Dramatiq takes a second one for impatience.
    Where a process leaves by itself, its master tells it once more when a neighbour that left, too, has ended.
    """
    stop = cast("Callable[[int, FrameType | None], Any]", signal.getsignal(signal.SIGTERM))
    heard: list[float] = []

    def hear(number: int, frame: FrameType | None) -> None:
        now = time.monotonic()
        if heard and now <= heard[0] + AT_ONCE:
            return
        heard.append(now)
        if len(heard) != 2 or not leaves():  # noqa: PLR2004 - the second one is the master's
            stop(number, frame)

    if callable(stop):
        signal.signal(signal.SIGTERM, hear)


def register(broker: Engine, worker_id: UUID | None = None) -> None:
    """Write this process and the actors it knows into the ledger, under the id given or the one it has."""
    identity = worker_id or broker.worker_id
    host, queues = socket.gethostname(), consumed_queues(broker)
    limits = {name: _hard_limit(broker, name) for name in broker.actors}
    threads = broker.worker.worker_threads if broker.worker is not None else None
    known = (identity, host, os.getpid(), os.getppid(), queues, limits, master_id(), started(), threads)
    with transaction() as conn:
        ledger.register_actors(conn, actor_rows(broker))
        worker = ledger.Worker(*known, clock=time.time())
        ledger.register_worker(conn, worker, settings().lease)
    log.info("registered", worker=str(identity), pid=os.getpid(), queues=queues)


def consumed_queues(broker: Engine) -> list[str]:
    """List the queues that this process takes: all that its actors name, or those of them that `--queues` names."""
    only = broker.worker.consumer_whitelist if broker.worker is not None else None
    return sorted(name for name in broker.queues if not only or name in only)


def actor_rows(broker: Engine) -> list[dict[str, object]]:
    """Describe every actor of a broker as the ledger's table of actors has it."""
    return [
        {
            "name": actor.actor_name,
            "queue": actor.queue_name,
            "priority": actor.priority,
            "lane": broker.lane(actor.queue_name),
            "callers": actor.options.get("callers", "everyone"),
            **{label: label_of(actor, label) for label in LABELS},
            **_objective(actor.options.get("slo")),
        }
        for actor in broker.actors.values()
    ]


def _objective(slo: Objective | None) -> dict[str, float]:
    return {"slo_seconds": slo.seconds, "slo_share": slo.share} if slo else {}


def _hard_limit(broker: Engine, actor_name: str) -> float | None:
    """Return after how many seconds an attempt's process is killed: the actor's time limit, and some grace."""
    default = next((m.time_limit for m in broker.middleware if isinstance(m, TimeLimit)), float("inf"))
    limit = float(broker.actors[actor_name].options.get("time_limit", default))
    return None if limit == float("inf") else limit / 1000 + settings().kill_grace
