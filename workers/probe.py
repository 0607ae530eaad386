"""Tries a quarantined actor with one job, alone in this process; if the process outlives it, the actor is free."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import structlog

from bellwork.db import ledger
from bellwork.db.engine import transaction
from bellwork.workers.suspects import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Collection

    from bellwork.workers.attempt import Attempt
    from bellwork.workers.engine import Engine

log = structlog.get_logger("bellwork.probe")


class Probe:
    """One worker process's share in trying quarantined actors; `look` is called once a beat by one thread."""

    def __init__(self, broker: Engine) -> None:
        self.broker = broker
        self.attempt: Attempt | None = None
        self._busy_since: float | None = None

    def look(self, quarantined: Collection[str]) -> None:
        """Begin a probe that is due, or see what became of the one that was begun."""
        if self.broker.worker is None or self.broker.capacity.closed:
            return
        if self.attempt is not None:
            self._judge(self.attempt)
        elif queues := self._queues(quarantined):
            self._begin(queues)
        else:
            self._busy_since = None

    def _queues(self, quarantined: Collection[str]) -> dict[str, str]:
        """Name the quarantined actors that this process could run, each with its queue."""
        ours = {name: self.broker.actors[name].queue_name for name in quarantined if name in self.broker.actors}
        return {name: queue for name, queue in ours.items() if queue in self.broker.consumers}

    def _begin(self, queues: dict[str, str]) -> None:
        """Try one where nothing else runs here, or after a minute of waiting for that, beside others."""
        if not self.broker.capacity.acquire(1):
            return
        delivered = False
        try:
            if self.broker.capacity.reserve(1) or self._is_patience_over():
                delivered = self._deliver(queues)
        finally:
            if not delivered:
                self.broker.capacity.release()

    def _is_patience_over(self) -> bool:
        self._busy_since = self._busy_since or time.monotonic()
        return time.monotonic() - self._busy_since > PATIENCE

    def _deliver(self, queues: dict[str, str]) -> bool:
        attempt = self.broker.take(lambda conn: ledger.begin_probe(conn, self.broker.worker_id, queues))
        if attempt is None:
            return False
        self._busy_since, self.attempt = None, attempt
        log.warning("trying a quarantined actor with one job", actor=attempt.actor, job=attempt.id)
        return self.broker.consumers[attempt.queue].hand_over(attempt)

    def _judge(self, attempt: Attempt) -> None:
        consumer = self.broker.consumers.get(attempt.queue)
        if consumer is not None and consumer.in_flight.holds(attempt.held):
            return
        with transaction() as conn:
            freed = ledger.end_probe(conn, attempt.job)
        self.attempt = None
        if freed:
            log.warning("quarantine ended: a job was run and its process lives", actor=attempt.actor, job=attempt.id)
