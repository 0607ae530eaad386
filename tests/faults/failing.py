"""Jobs that always fail, and jobs that send themselves again and again until the test says stop."""

from __future__ import annotations

import dramatiq

from bellwork.workers import job
from tests.faults import actors


@dramatiq.actor(actor_name="faults.fail", queue_name=actors.QUEUE, max_retries=4, min_backoff=50, max_backoff=100)
def fail(name: str) -> None:
    """Never succeed."""
    msg = f"{name} cannot be done"
    raise ValueError(msg)


@dramatiq.actor(actor_name="faults.again", queue_name=actors.QUEUE)
def again(name: str) -> None:
    """Write one effect, and send itself once more."""
    with job.transaction() as conn:
        actors._record(conn, name)
        if not (actors.folder() / "stop").exists():
            again.send(name=name)
