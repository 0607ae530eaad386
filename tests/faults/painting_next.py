"""The actor of painting.py one release later."""

from __future__ import annotations

import dramatiq

from tests.faults import actors


@dramatiq.actor(actor_name="faults.paint", queue_name=actors.QUEUE)
def paint(name: str, coats: int = 1, colour: str = "white") -> None:
    """Write one effect."""
    actors.finish(f"{name}:{coats}:{colour}")
