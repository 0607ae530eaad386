"""A worker looks after itself: it beats where its sibling does not, and leaves when it is too big or a part is gone.

While it is young it rescues as its sibling does, which takes longer to start.

A thread that ended, or a heartbeat that was killed, cannot be brought back here. The process then asks itself to stop:
what runs is finished, Dramatiq's master ends with its first worker, and the service manager starts it anew. One that
drains already only beats: another SIGTERM would end what it still runs.

Where the master was killed before this process had told it that it was up, the main thread tells so for ever
(multiprocessing's Event waits for a sleeper that is gone) and stops nothing. Then the worker is stopped from here.
"""

from __future__ import annotations

import os
import signal
import time
from multiprocessing import parent_process
from select import POLLERR, poll
from threading import Event, Thread
from typing import TYPE_CHECKING

import psutil
import structlog
from dramatiq.errors import BrokerConnectionError

from bellwork.db import ledger
from bellwork.db.engine import DatabaseError, single_statements
from bellwork.db.outdated import through_migrations
from bellwork.db.settings import settings
from bellwork.workers import event_loop, rescue
from bellwork.workers.identity import age
from bellwork.workers.misfits import Misfits
from bellwork.workers.probe import Probe

if TYPE_CHECKING:
    from datetime import datetime

    from bellwork.workers.engine import Engine

log = structlog.get_logger("bellwork.watch")

#: For so long (seconds) a process does without its sibling: at its boot that is started last, and imports everything.
ALONE = 15.0
#: On a busy machine for so many times as long as it took to boot itself, but not longer than LONGEST seconds: processes
#: that are replaced because their sibling is slow to start make the machine busier, and the next sibling slower.
BOOTS, LONGEST = 6.0, 300.0
#: A main thread looks once a second whether it was told to stop; one of an orphan that has not for so long hangs.
HEEDS = 5.0


class Watch(Thread):
    """Looks once a beat, until the process ends: a worker that drains is not to look dead either."""

    def __init__(self, broker: Engine) -> None:
        super().__init__(name="watch", daemon=True)
        self.broker = broker
        self.own_beat: datetime | None = None
        self.alone_since: float | None = None
        self.suspicion: str | None = None
        self.leaving = False
        #: When an orphan's main thread is no longer waited for.
        self.heeds_until = float("inf")
        self.patience = max(ALONE, min(LONGEST, BOOTS * age()))
        #: Until then this process rescues, too: the heartbeat comes later, and a container may have been killed before.
        self.until = time.monotonic() + ALONE
        self.probe, self.misfits = Probe(broker), Misfits(broker)
        self._ended = Event()

    def run(self) -> None:
        """Look until the worker has been shut down."""
        while self.broker.worker is not None:
            begun = time.monotonic()
            self.look()
            self._ended.wait(max(0.0, begun + settings().beat - time.monotonic()))

    def end(self, timeout: float) -> None:
        """Return when the last look is over, or after `timeout` seconds; the worker has been shut down."""
        self._ended.set()
        self.join(timeout)

    def look(self) -> None:
        """Beat if the sibling does not; leave where something is amiss twice in a row (a thread may be starting)."""
        try:
            self._beat_if_late()
            if parent_process() and time.monotonic() < self.until:
                rescue.rescue_expired()
        except (*DatabaseError, BrokerConnectionError):
            rescue.note_failure()
            self.alone_since = None
            log.info("cannot look after the lease now")
        before, self.suspicion = self.suspicion, self._amiss()
        if before and self.suspicion and not self.leaving and parent_process():
            self.leaving = True
            log.error("leaving, to be replaced", pid=os.getpid(), reason=self.suspicion)
            os.kill(os.getpid(), signal.SIGTERM)
            self.heeds_until = time.monotonic() + HEEDS
        elif self.suspicion and time.monotonic() > self.heeds_until and _is_orphan():
            self.heeds_until = float("inf")
            log.error("its main thread hangs; stopping without it", pid=os.getpid())
            Thread(target=self._stop_worker, name="stop", daemon=True).start()

    def _stop_worker(self) -> None:
        """Stop the worker as its main thread would: what runs is finished, and the watch beats; then end.

        One that has been shut down has a main thread that does not hang: it finishes what is left to do, and ends.
        """
        worker = self.broker.worker
        if worker is None:
            return
        try:
            worker.stop()
        except Exception:
            log.exception("could not stop the worker; ending without it", pid=os.getpid())
        finally:
            os._exit(0)

    @through_migrations
    def _beat_if_late(self) -> None:
        with single_statements() as conn:
            found, renewed = ledger.keep_alive(conn, self.broker.worker_id, settings().lease)
            quarantined = ledger.quarantined(conn)
        if found != self.own_beat:
            self.alone_since = None
        if renewed:
            self.own_beat = renewed
            self.alone_since = self.alone_since or time.monotonic()
        self._hear_of_quarantine(set(quarantined))
        self.probe.look(quarantined)
        self.misfits.look()

    def _hear_of_quarantine(self, actors: set[str]) -> None:
        if new := (actors - self.broker.quarantined) & set(self.broker.actors):
            log.error("quarantined: its jobs kill process after process", actors=sorted(new))
        self.broker.quarantined = actors

    def _amiss(self) -> str | None:
        worker = self.broker.worker
        if worker is not None and self.broker.capacity.closed:
            return None
        if self.alone_since and (_is_orphan() or time.monotonic() - self.alone_since > self.patience):
            return "its heartbeat is gone"
        if _unread():
            return "nobody reads its log any more, and it would wait for that in the end"
        if worker is None:
            return None
        most, takes = settings().max_rss, psutil.Process().memory_info().rss / 2**20
        if most and takes > most:
            return f"it takes {takes:.0f} MB, BELLWORK_MAX_RSS is {most}"
        threads = [*worker.workers, *worker.consumers.values()]
        gone = [type(thread).__name__ for thread in threads if not thread.is_alive()]
        if event_loop.is_dead():
            gone.append("the event loop")
        return f"threads ended: {', '.join(gone)}" if gone else None


def _is_orphan() -> bool:
    """Tell whether Dramatiq's master, whose child this process is, has ended."""
    master = parent_process()
    return master is not None and not master.is_alive()


def _unread() -> bool:
    """Tell whether stderr is a pipe without a reader: Dramatiq's master stops reading ours then, and says nothing."""
    stderr = poll()
    stderr.register(2, 0)
    return any(event & POLLERR for _, event in stderr.poll(0))
