"""Changes that ask for one recompute together: after the last of them it must run once more."""

from __future__ import annotations

import dramatiq

from bellwork.workers import job
from tests.soak.sql import ground
from tests.soak.work.steps import LONG, PATIENT, SHORT, step

#: The key under which changes ask for one recompute.
SEEN = "soak seen"


@dramatiq.actor(actor_name="soak.changing", queue_name=SHORT, lane="short", **PATIENT)
def changing(order: str, luck: int) -> None:
    """Note a change, and ask for a recompute that sees it."""
    del luck
    with step(order, "ordered", "done") as conn:
        ground.note_change(conn, order)
        recompute.send_with_options(unique_key=SEEN, unique="waiting")


@dramatiq.actor(actor_name="soak_seen.recompute", queue_name=LONG, **PATIENT)
def recompute() -> None:
    """Count the changes."""
    with job.transaction() as conn:
        ground.count_changes(conn)
