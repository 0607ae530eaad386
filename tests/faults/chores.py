"""Work of other kinds than the pipeline's: short-lane chores, and one that stumbles at its first attempt."""

from __future__ import annotations

import dramatiq

from bellwork.workers import job
from tests.faults import actors

CHORES = "chores"


@dramatiq.actor(actor_name="faults.tidy", queue_name=CHORES, lane="short")
def tidy(name: str) -> None:
    """Write one effect, together with up to 49 others."""
    actors.finish(name)


@dramatiq.actor(actor_name="faults.stumble", queue_name=actors.QUEUE, min_backoff=100, max_backoff=200)
def stumble(name: str) -> None:
    """Fail once, then write one effect."""
    if job.current().retries == 0:
        msg = "stumbled"
        raise ValueError(msg)
    actors.finish(name)
