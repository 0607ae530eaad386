"""on_dead is done in the transaction that marks a job dead; what it cannot do does not keep the job alive."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import dramatiq

from bellwork.workers.testing import enqueued, run_inline
from tests.workers import effects as table
from tests.workers import look

if TYPE_CHECKING:
    from sqlalchemy import Connection


@dramatiq.actor(actor_name="t.mourner", queue_name="t.mourners")
def mourn(number: int) -> None:
    """Come after a death."""


def note_death(conn: Connection, args: dict[str, Any], reason: str) -> None:
    """Write down the death and send a job; with a negative number, fail afterwards."""
    table.write(conn, f"{args['number']}: {reason}")
    mourn.send(args["number"])
    if args["number"] < 0:
        raise ValueError("no\0 hook")


@dramatiq.actor(actor_name="t.dies", queue_name="t.dies", max_retries=0, on_dead=note_death)
def die(number: int) -> None:
    """Die."""
    raise KeyError(number)


@dramatiq.actor(
    actor_name="t.dies_in_short", queue_name="t.dies_in_short", lane="short", max_retries=0, on_dead=note_death
)
def die_in_short(number: int) -> None:
    """Die in the short lane."""
    raise KeyError(number)


def test_last_rites_are_part_of_the_death(effects: str) -> None:
    """What on_dead writes and sends is there when the job is dead."""
    del effects
    for actor in (die, die_in_short):
        job = run_inline(actor, number=4)
        assert ("dead", "KeyError: 4") == (job["state"], job["reason"])

    assert ["4: KeyError: 4"] * 2 == table.written()
    assert [{"number": 4}] * 2 == [job["args"] for job in enqueued("t.mourner")]


def test_rites_that_fail_leave_the_job_dead_without_them(effects: str) -> None:
    """The job is dead, its reason says what failed, and nothing of the failed on_dead is kept, sent jobs included."""
    del effects
    for actor in (die, die_in_short):
        job = run_inline(actor, number=-1)
        expected = "KeyError: -1 (and its on_dead failed: ValueError: no\\x00 hook)"
        assert ("dead", expected) == (job["state"], job["reason"])

    assert ([], []) == (table.written(), enqueued("t.mourner"))


def test_a_job_that_lost_its_lease_gets_no_rites(effects: str) -> None:
    """A cancelled job that fails is cancelled and nothing else."""
    del effects
    job = run_inline(die_cancelled, number=1)

    assert ("cancelled", []) == (job["state"], table.written())


@dramatiq.actor(actor_name="t.dies_cancelled", queue_name="t.dies", max_retries=0, on_dead=note_death)
def die_cancelled(number: int) -> None:
    """Die after having been cancelled."""
    look.execute("SELECT bellwork.cancel(id) FROM bellwork.jobs WHERE actor = 't.dies_cancelled'")
    raise KeyError(number)
