"""Dramatiq's own worker, inside the test's process, for the queues of the test alone."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING
from unittest.mock import patch

import dramatiq

from workers import broker, consumer

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def working(*queues: str, threads: int = 4) -> Iterator[dramatiq.Worker]:
    """Run a worker for the length of the block; it listens in shorter breaths, so that it stops sooner."""
    middleware = list(broker.middleware)
    worker = dramatiq.Worker(broker, queues=set(queues), worker_timeout=50, worker_threads=threads)
    with patch.object(consumer, "LISTEN", 0.1):
        worker.start()
        try:
            yield worker
        finally:
            if not broker.gate.closed:
                worker.stop()
            # Each dramatiq.Worker leaves a middleware behind that would start consumers for later queues.
            broker.middleware[:] = middleware
            broker.consumers.clear()
