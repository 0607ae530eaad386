"""Takes jobs whose arguments fit here and did not fit another worker: in a rolling deploy, of another release."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from bellwork.db import ledger
from bellwork.db.engine import single_statements
from bellwork.db.settings import settings
from bellwork.workers.fitness import misfit
from bellwork.workers.pace import Pace

if TYPE_CHECKING:
    from bellwork.db.ledger import Misfit
    from bellwork.workers.engine import Engine

log = structlog.get_logger("bellwork.misfits")


class Misfits:
    """One worker process's look for jobs that wait for it; `look` is called once a beat by one thread."""

    def __init__(self, broker: Engine) -> None:
        self.broker = broker
        self.pace = Pace()

    def look(self) -> None:
        """Begin those that fit, for as many threads as are free; where a poll is slow, more rarely.

        Those that fit and cannot begin (no thread is free, their queue is paused) go on waiting beyond their time.
        """
        if self.broker.worker is None or self.broker.capacity.closed or not self.pace.is_due():
            return
        with single_statements() as conn, self.pace.measured():
            waiting = ledger.list_misfits(conn, self.broker.fit_actors())
        if late := [job.id for job in waiting if self._fits(job) and not self._begun(job)]:
            with single_statements() as conn:
                ledger.keep_waiting(conn, late, settings().misfit_patience)

    def _begun(self, job: Misfit) -> bool:
        if not self.broker.capacity.acquire(1):
            return False
        begun = False
        try:
            begun = self._begin(job)
        finally:
            if not begun:
                self.broker.capacity.release()
        return begun

    def _fits(self, job: Misfit) -> bool:
        return job.queue in self.broker.consumers and misfit(self.broker, job.actor, job.args) is None

    def _begin(self, job: Misfit) -> bool:
        actors = self.broker.fit_actors()
        attempt = self.broker.take(lambda conn: ledger.claim_misfit(conn, self.broker.worker_id, job.id, actors))
        if attempt is None:
            return False
        log.info("took a job that did not fit elsewhere", actor=job.actor, job=job.id)
        return self.broker.consumers[job.queue].hand_over(attempt)
