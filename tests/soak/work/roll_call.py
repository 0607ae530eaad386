"""A job that holds its thread until all others hold theirs: how the soak finds threads that no longer work."""

from __future__ import annotations

import threading
import time

import dramatiq

from bellwork.db.engine import transaction
from bellwork.workers import job
from tests.soak.sql import order_rows
from tests.soak.work.steps import LONG, PATIENT

#: Seconds that a thread waits for the others.
PATIENCE = 15.0
_GLANCE = 0.05


@dramatiq.actor(actor_name="soak_roll.answer", queue_name=LONG, **PATIENT)
def answer(expected: int) -> None:
    """Say which thread this is, and keep it until so many have answered."""
    until = time.monotonic() + PATIENCE
    with transaction() as conn:
        order_rows.answer(conn, job.current().job.worker_id, threading.get_ident())
    while time.monotonic() < until:
        with transaction() as conn:
            if order_rows.count_answers(conn) >= expected:
                return
        time.sleep(_GLANCE)
