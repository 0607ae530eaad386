"""What a batch claimed on its way runs again soon after an outage, as what the batch began with does."""

from __future__ import annotations

from collections import Counter
from typing import Any
from unittest.mock import patch

import dramatiq
from psycopg import OperationalError
from sqlalchemy import text

from bellwork.workers import job
from bellwork.workers.in_flight import InFlight
from bellwork.workers.short_lane import BatchActor
from tests.helpers import eventually
from tests.workers import look
from tests.workers.process import working

QUEUE = "t.generations"
ran: Counter[int] = Counter()


@dramatiq.actor(actor_name="t.generation", queue_name=QUEUE, lane="short")
def generate(number: int, break_at: int = 0) -> None:
    """Send the next of three; the one that is named loses its connection, once."""
    ran[number] += 1
    with job.transaction() as conn:
        if number < 3:
            generate.send(number + 1, break_at)
        if number == break_at and job.current().number == 1:
            conn.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))


def test_jobs_of_the_second_generation_are_not_forgotten(database: str) -> None:
    """Its connection breaks, and PostgreSQL stays away while the batch is handed back: it runs again all the same."""
    del database
    ran.clear()
    away = patch.object(BatchActor, "_hand_back", side_effect=OperationalError("still away"))
    with away, working(QUEUE):
        generate.send(1, 2)
        eventually(lambda: look.states() == ["done"] * 3)

    assert (1, True) == (ran[1], ran[2] > 1)


def test_jobs_that_cannot_be_admitted_are_not_forgotten(database: str) -> None:
    """What follows is claimed already when its admission fails: it goes back, too."""
    del database
    admit, refused = InFlight.admit, list[int]()

    def refuse_once(self: InFlight, attempts: list[Any]) -> list[Any]:
        if not refused and any(attempt.job.args["number"] == 2 for attempt in attempts):
            refused.append(2)
            raise OperationalError("away")
        return admit(self, attempts)

    with patch.object(InFlight, "admit", refuse_once), working(QUEUE):
        generate.send(1)
        eventually(lambda: look.states() == ["done"] * 3)

    assert [2] == refused
