"""A process is registered for the queues that it takes, and for no other."""

from __future__ import annotations

from typing import Any

import dramatiq
import pytest

from bellwork.db import ledger, registered
from bellwork.db.engine import psycopg_of, transaction
from bellwork.workers import broker
from bellwork.workers.presence import consumed_queues
from tests.helpers import eventually
from tests.workers.process import working


@dramatiq.actor(actor_name="t.registered", queue_name="t.registered")
def chosen() -> None:
    """Work."""


@dramatiq.actor(actor_name="t.left_out", queue_name="t.left_out")
def left_out() -> None:
    """Work."""


@pytest.mark.usefixtures("database")
def test_a_worker_of_some_queues_is_registered_for_these_alone() -> None:
    """What `--queues` leaves out is nobody's, and is not offered to anybody either."""
    with working("t.registered"):
        eventually(_workers)
        [worker] = _workers()
        left_out.send()
        with transaction() as conn:
            assert ["t.left_out"] == [row["queue"] for row in ledger.unheard_queues(conn)]
            [known] = registered.actor_sets(psycopg_of(conn))

    assert (["t.registered"], True) == (worker["queues"], "t.left_out" in known.actors)


def test_a_worker_without_a_choice_takes_every_queue() -> None:
    """All queues that its actors name."""
    assert {"t.registered", "t.left_out"} <= set(consumed_queues(broker))


def _workers() -> list[dict[str, Any]]:
    with transaction() as conn:
        return registered.workers(psycopg_of(conn))
