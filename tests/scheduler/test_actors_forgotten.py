"""Actors that left the code leave the ledger, and so do their queues."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from bellwork.db import ledger
from bellwork.db.engine import transaction
from bellwork.scheduler.upkeep import clean_actors
from tests.db.ledger.ledger_jobs import appear, put
from tests.scheduler.calendars import bring, hourly

OLD = ("t.gone", "t.alive", "t.waited_for", "t.work")


@pytest.mark.usefixtures("database")
def test_an_actor_that_nobody_knows_any_more_leaves_with_its_queue() -> None:
    """A month unseen, known to no live worker, in no waiting job and no entry: it goes until it is declared again."""
    declare(*OLD, "t.recent")
    with transaction() as conn:
        unseen = "UPDATE bellwork.actors SET seen_at = now() - make_interval(days => 31) WHERE name = ANY(:old)"
        conn.execute(text(unseen), {"old": list(OLD)})
    appear("t.alive")
    appear("t.gone", lease=-1)
    put(ledger.NewJob("t.waited_for"))
    bring(hourly())  # its actor is t.work

    assert (["t.gone"], []) == (clean_actors(), clean_actors())
    assert {"t.alive", "t.waited_for", "t.work", "t.recent"} == queues()

    declare("t.gone")
    assert "t.gone" in queues()


def declare(*actors: str) -> None:
    """Register actors, each with a queue of its own."""
    rows = [{"name": name, "queue": name, "priority": 0, "lane": "long"} for name in actors]
    with transaction() as conn:
        ledger.register_actors(conn, rows)


def queues() -> set[str]:
    """Name the queues that `bellwork status` shows."""
    with transaction() as conn:
        return {row["queue"] for row in ledger.queue_depths(conn)}
