"""After the storm every worker is back, keeps its lease, and works with every thread: nothing needs a hand."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from bellwork.db import registered
from bellwork.db.engine import psycopg_of, transaction
from bellwork.db.settings import settings
from tests.soak.launch import PROCESSES, THREADS
from tests.soak.patience import within
from tests.soak.sql import order_rows
from tests.soak.work.roll_call import PATIENCE, answer

if TYPE_CHECKING:
    from uuid import UUID

    from tests.soak.field import Field

#: Seconds for programs that were started a moment ago, and until everybody has kept his lease for longer than it lasts.
BOOT = 60.0


def missing_workers(field: Field) -> list[str]:
    """Wait until every worker is there to stay; say so where that does not come true."""
    workers = _expected(field)
    if within(BOOT, _Steady(workers)):
        return []
    return [f"{len(_alive())} of {workers} workers are alive, and not for long, {BOOT:g} s after all was healed"]


def missing_threads(field: Field) -> list[str]:
    """Give a job to every thread at the same time; say so where not all take one."""
    threads = _expected(field) * THREADS
    with transaction():
        for _ in range(threads):
            answer.send(expected=threads)
    if within(PATIENCE, lambda: _answers() >= threads):
        return []
    return [f"{_answers()} of {threads} threads take jobs after all was healed"]


class _Steady:
    """A question that is asked again and again: have these many workers, the same ones, lived longer than a lease?

    A worker for which nobody beats is declared gone when its lease runs out, and comes back under another id.
    """

    def __init__(self, workers: int) -> None:
        self._workers = workers
        self._known: set[UUID] = set()
        self._since = 0.0

    def __call__(self) -> bool:
        """Look once."""
        alive = _alive()
        if alive != self._known or len(alive) < self._workers:
            self._known, self._since = alive, time.monotonic()
        return time.monotonic() - self._since > settings().lease + settings().beat


def _expected(field: Field) -> int:
    return len(field.fleet.named("worker")) * PROCESSES


def _alive() -> set[UUID]:
    with transaction() as conn:
        return {worker["id"] for worker in registered.workers(psycopg_of(conn)) if worker["lease_left"] > 0}


def _answers() -> int:
    with transaction() as conn:
        return order_rows.count_answers(conn)
