"""What left job.transaction() and is caught by the actor has undone the block, in either lane and in the event loop."""

from __future__ import annotations

import contextlib

import dramatiq
import pytest
from sqlalchemy import text

from bellwork.db.engine import transaction
from bellwork.workers import job
from bellwork.workers.testing import enqueued
from tests.helpers import eventually
from tests.workers import effects as table
from tests.workers import look
from tests.workers.process import working

QUEUES = ("t.caught", "t.caught_async", "t.caught_short", "t.caught_short_async")
LANES = ("long", "async", "short", "short async")


class FoundOut(Exception):  # noqa: N818 - raised and caught here
    """Something was found out after the write."""


@dramatiq.actor(actor_name="t.caught_next", queue_name="t.caught_next")
def follow(name: str) -> None:
    """Come next."""


def act(name: str, then: str) -> None:
    """Write before, write inside of a block that is left by an exception, and go on as the test wants."""
    with transaction() as conn:
        table.write(conn, f"{name} before")
    with contextlib.suppress(FoundOut, Exception), job.transaction() as conn:
        table.write(conn, f"{name} inside")
        follow.send(name)
        if then == "bad sql":
            conn.execute(text("SELECT 1 / 0"))
        raise FoundOut
    if then == "again":
        with job.transaction() as conn:
            table.write(conn, f"{name} again")


@dramatiq.actor(actor_name="t.caught", queue_name="t.caught")
def catch(then: str) -> None:
    """Catch it in the long lane."""
    act("long", then)


@dramatiq.actor(actor_name="t.caught_async", queue_name="t.caught_async")
async def catch_in_the_loop(then: str) -> None:
    """Catch it in the event loop."""
    act("async", then)


@dramatiq.actor(actor_name="t.caught_short", queue_name="t.caught_short", lane="short")
def catch_shortly(then: str) -> None:
    """Catch it in the short lane."""
    act("short", then)


@dramatiq.actor(actor_name="t.caught_short_async", queue_name="t.caught_short_async", lane="short")
async def catch_shortly_in_the_loop(then: str) -> None:
    """Catch it in the short lane, in the event loop."""
    act("short async", then)


@pytest.mark.parametrize("then", ["", "bad sql", "again"])
def test_nothing_of_the_block_is_kept(effects: str, then: str) -> None:
    """The job is done, what it had written before is there, and what it writes in a second block is there, too."""
    del effects
    for actor in (catch, catch_in_the_loop, catch_shortly, catch_shortly_in_the_loop):
        actor.send(then)
    with working(*QUEUES):
        eventually(lambda: look.states() == ["done"] * 4)

    kept = ("again", "before") if then == "again" else ("before",)
    assert sorted(f"{name} {what}" for name in LANES for what in kept) == table.written()
    assert [] == enqueued("t.caught_next")
