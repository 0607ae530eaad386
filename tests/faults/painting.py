"""An actor as one release has it; the next one, in painting_next.py, wants to know the colour."""

from __future__ import annotations

import dramatiq

from tests.faults import actors


@dramatiq.actor(actor_name="faults.paint", queue_name=actors.QUEUE)
def paint(name: str, coats: int = 1) -> None:
    """Write one effect; `coats` came later than `name`."""
    actors.finish(f"{name}:{coats}")
