"""Jobs that spread their work over forked processes, which write and send for themselves."""

from __future__ import annotations

import multiprocessing
from concurrent.futures import ProcessPoolExecutor

import dramatiq
from sqlalchemy import text

from bellwork.db.engine import transaction
from tests.faults.actors import finish

QUEUE = "forking"
#: What one job leaves to its processes.
PARTS = 20


@dramatiq.actor(actor_name="faults.spread", queue_name=QUEUE)
def spread(name: str) -> None:
    """Let two processes do the parts, then finish."""
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("fork")) as pool:
        list(pool.map(_part, [f"{name}.{number}" for number in range(PARTS)]))
    finish(name)


@dramatiq.actor(actor_name="faults.part", queue_name=QUEUE)
def part(name: str) -> None:
    """Do what a process of a pool has sent."""
    finish(name)


def _part(name: str) -> None:
    with transaction() as conn:
        conn.execute(text("INSERT INTO effects VALUES (0, :what)"), {"what": f"{name}.sent"})
        part.send(name=name)
