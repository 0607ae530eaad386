"""An actor of the next release, on a queue that the workers of this one know."""

from __future__ import annotations

import dramatiq

from tests.faults import actors


@dramatiq.actor(actor_name="faults.newcomer", queue_name=actors.QUEUE)
def newcomer(name: str) -> None:
    """Write one effect."""
    actors.finish(name)
