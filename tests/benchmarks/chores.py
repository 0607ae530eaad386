"""Bellwork's job that is interrupted: `dramatiq bellwork.workers.main` with WORK_MODULES=tests.benchmarks.chores."""

from __future__ import annotations

import dramatiq

from tests.benchmarks import held, marks

QUEUE = "bench_held"

_marks = marks.mine()


@dramatiq.actor(actor_name="bench.hold", queue_name=QUEUE)
def hold(number: int) -> None:
    """Hold a thread until let go."""
    held.hold(_marks, number)
