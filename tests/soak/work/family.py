"""A job that enqueues others: they are there if it is done, and only then."""

from __future__ import annotations

import dramatiq

from bellwork.workers import job
from tests.soak.sql import order_rows
from tests.soak.work.steps import LONG, PATIENT, SHORT, step

CHILDREN = 3


@dramatiq.actor(actor_name="soak.parent", queue_name=LONG, **PATIENT)
def parent(order: str, luck: int) -> None:
    """Enqueue the children."""
    del luck
    with step(order, "ordered", "parted"):
        for number in range(CHILDREN):
            child.send(order=order, number=number)


@dramatiq.actor(actor_name="soak.child", queue_name=SHORT, lane="short", **PATIENT)
def child(order: str, number: int) -> None:
    """Leave an effect, and the order's status to the parent."""
    with job.transaction() as conn:
        attempt = job.current()
        order_rows.leave_effect(conn, order, f"child {number}", attempt.id, attempt.number)
