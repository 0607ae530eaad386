"""A poison job ends dead with its reason, unrun, and its neighbours do not suffer."""

from __future__ import annotations

from typing import Any

import dramatiq
import pytest

from bellwork.db import ledger
from bellwork.db.engine import transaction
from bellwork.db.ledger import NewJob
from tests.helpers import eventually
from tests.workers import look
from tests.workers.process import working

QUEUE = "t.unfit"
ran: list[int] = []
dead: list[tuple[Any, str]] = []


@dramatiq.actor(
    actor_name="t.picky",
    queue_name=QUEUE,
    max_retries=2,
    on_dead=lambda _conn, args, why: dead.append((args, why)),
)
def take(number: int, *, colour: str = "red") -> None:
    """Note that it ran."""
    del colour
    ran.append(number)


def put(args: Any, changes: str = "") -> None:
    """Enqueue a job, change its row, enqueue a good neighbour, and let a worker have both."""
    ran.clear()
    dead.clear()
    with transaction() as conn:
        ledger.enqueue(conn, [NewJob("t.picky", args, queue=QUEUE)])
    if changes:
        look.execute(f"UPDATE bellwork.jobs SET {changes}")  # noqa: S608 - the changes stand below
    take.send(7)
    with working(QUEUE):
        eventually(lambda: set(look.states()) <= {"done", "dead"})


@pytest.mark.parametrize(
    ("args", "reason"),
    [
        ({}, "its arguments {} do not fit t.picky: missing a required argument: 'number'"),
        ({"number": 1, "size": 2}, "do not fit t.picky: got an unexpected keyword argument 'size'"),
    ],
)
def test_arguments_that_do_not_fit_are_dead_with_the_reason(database: str, args: Any, reason: str) -> None:
    """A job of another version's arguments, or of none at all, is not run and not retried."""
    del database
    put(args)

    unfit, neighbour = look.jobs("t.picky")
    assert ("dead", "done", [7]) == (unfit["state"], neighbour["state"], ran)
    assert reason in unfit["reason"]
    assert [(args, unfit["reason"])] == dead


def test_a_job_that_kills_its_process_runs_out_of_processes(database: str) -> None:
    """After as many crashes as are allowed it is dead, unrun, with its on_dead hook called."""
    del database
    put({"number": 1}, "crashes = 5")

    unfit, neighbour = look.jobs("t.picky")
    assert ("dead", "done", [7]) == (unfit["state"], neighbour["state"], ran)
    assert "the worker's process died 5 times while it ran" == unfit["reason"]
    assert [({"number": 1}, unfit["reason"])] == dead


def test_one_crash_less_is_run(database: str) -> None:
    """Below the limit a job is given another chance."""
    del database
    put({"number": 1}, "crashes = 4")

    assert ([1, 7], []) == (sorted(ran), dead)


def test_a_job_whose_deadline_kills_used_up_its_retries_is_dead(database: str) -> None:
    """Kills for overrunning count as retries, and end like them."""
    del database
    put({"number": 1}, "retries = 3")

    unfit = look.jobs("t.picky")[0]
    assert ("dead", "out of retries (2)", [7]) == (unfit["state"], unfit["reason"], ran)
