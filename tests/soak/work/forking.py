"""A job that forks: parent and child go on using the database, and each must get its own answers."""

from __future__ import annotations

import multiprocessing
import sys

import dramatiq

from tests.soak.sql import ground, order_rows
from tests.soak.work.steps import LONG, PATIENT, step

#: Statements that parent and child each send while the other does.
ASKED = 20
#: Seconds that a forked child has.
CHILD = 10.0


@dramatiq.actor(actor_name="soak.forking", queue_name=LONG, **PATIENT)
def forking(order: str, luck: int) -> None:
    """Fork after the database was used; leave an effect that no order has where an answer was another process's."""
    del luck
    ground.echo(order, 1)
    child = multiprocessing.get_context("fork").Process(target=_in_child, args=(order,), daemon=True)
    child.start()
    foreign = ground.echo(order, ASKED)
    child.join(CHILD)
    if child.exitcode is None:
        child.kill()
        child.join()
    with step(order, "ordered", "done") as conn:
        if foreign or child.exitcode == ground.FOREIGN:
            order_rows.leave_effect(conn, order, "foreign answer", None)


def _in_child(order: str) -> None:
    sys.exit(ground.FOREIGN if ground.echo(f"child of {order}", ASKED) else 0)
