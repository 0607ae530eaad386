"""Jobs of which a part is rolled back: what that part sent or wrote is not there, whatever the job does afterwards."""

from __future__ import annotations

from contextlib import suppress

import dramatiq

from bellwork.db.engine import transaction
from bellwork.workers import job
from tests.soak.sql import order_rows
from tests.soak.work.steps import LONG, PATIENT, SHORT, step


class Turned(RuntimeError):  # noqa: N818 - nothing is wrong: it was to be rolled back
    """A block that was ordered to fail."""


@dramatiq.actor(actor_name="soak.ghost", queue_name=LONG, **PATIENT)
def ghost(order: str) -> None:
    """Leave the effect that no order has: whoever sent this job was rolled back."""
    with transaction() as conn:
        order_rows.leave_effect(conn, order, "ghost", None)


@dramatiq.actor(actor_name="soak.savepoint", queue_name=LONG, **PATIENT)
def savepoint(order: str, luck: int) -> None:
    """Send a job inside a savepoint that is rolled back."""
    del luck
    _with_ghost(order)


@dramatiq.actor(actor_name="soak.short_savepoint", queue_name=SHORT, lane="short", **PATIENT)
def short_savepoint(order: str, luck: int) -> None:
    """Do the same between neighbours."""
    del luck
    _with_ghost(order)


@dramatiq.actor(actor_name="soak.caught", queue_name=LONG, **PATIENT)
def caught(order: str, luck: int) -> None:
    """Catch what left the job's transaction: nothing of it may stay."""
    del luck
    _caught(order)


@dramatiq.actor(actor_name="soak.short_caught", queue_name=SHORT, lane="short", **PATIENT)
def short_caught(order: str, luck: int) -> None:
    """Do the same between neighbours."""
    del luck
    _caught(order)


def _with_ghost(order: str) -> None:
    with step(order, "ordered", "done") as conn, suppress(Turned), conn.begin_nested():
        order_rows.leave_effect(conn, order, "ghost", None)
        ghost.send(order=order)
        raise Turned


def _caught(order: str) -> None:
    with suppress(Turned), job.transaction() as conn:
        order_rows.leave_effect(conn, order, "caught", job.current().id)
        ghost.send(order=order)
        raise Turned
