"""One asynchronous actor cannot end the event loop of the others; a loop that ended is seen, and the process leaves."""

from __future__ import annotations

import asyncio
import sys
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import dramatiq
import pytest
from dramatiq.asyncio import get_event_loop_thread, set_event_loop_thread

from bellwork.workers import event_loop, job
from bellwork.workers.capacity import Capacity
from bellwork.workers.event_loop import LastingLoopThread
from bellwork.workers.watch import Watch
from tests.helpers import eventually
from tests.workers import look
from tests.workers.process import working

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterator

QUEUE = "t.loop"


@pytest.fixture
def loop() -> Iterator[LastingLoopThread]:
    """A running loop of the test's own."""
    thread = LastingLoopThread(SimpleNamespace(info=lambda *_: None))
    thread.daemon = True
    thread.start(timeout=60)
    set_event_loop_thread(thread)
    yield thread
    set_event_loop_thread(None)
    stop(thread)


def stop(thread: Any) -> None:
    """Let the loop end."""
    thread.stop()


async def leave() -> None:
    """Ask the process to end."""
    sys.exit(3)


async def interrupt() -> None:
    """Raise what Ctrl-C raises."""
    raise KeyboardInterrupt


async def in_a_task_of_its_own() -> None:
    """Ask for it in a task that the actor waits for."""
    await asyncio.create_task(leave())


async def in_a_callback() -> str:
    """Ask for it where nobody waits for the answer."""
    asyncio.get_running_loop().call_soon(sys.exit, 3)
    await asyncio.sleep(0)
    return "went on"


async def answer() -> str:
    """Be well."""
    await asyncio.sleep(0)
    return "well"


@pytest.mark.parametrize("fatal", [leave, interrupt, in_a_task_of_its_own])
def test_an_exit_is_the_failure_of_the_one_that_exits(loop: LastingLoopThread, fatal: Any) -> None:
    """Who waits for it gets it, and the loop goes on for the others."""
    run: Any = loop.run_coroutine
    with pytest.raises((SystemExit, KeyboardInterrupt)):
        run(fatal())

    assert "well" == run(answer())


def test_a_coroutine_that_comes_right_after_an_exit_is_run(loop: LastingLoopThread) -> None:
    """Between the exit and the moment when the loop goes on it waits, however often that happens."""
    run: Any = loop.run_coroutine

    def exit_again() -> None:
        for _ in range(200):
            with pytest.raises(SystemExit):
                run(leave())

    with ThreadPoolExecutor(1) as pool:
        exits = pool.submit(exit_again)
        answers = {run(answer()) for _ in range(400)}
        exits.result()

    assert {"well"} == answers


def test_an_exit_that_nobody_waits_for_ends_nothing(loop: LastingLoopThread) -> None:
    """The coroutine goes on, and so does the loop."""
    wait: list[Coroutine[Any, Any, str]] = [in_a_callback(), answer()]
    run: Any = loop.run_coroutine

    assert ["went on", "well"] == [run(each) for each in wait]


def test_a_loop_that_ended_makes_the_process_leave(database: str, loop: LastingLoopThread) -> None:
    """It is one of the threads that the watch looks at; none at all is nothing amiss."""
    del database
    broker: Any = SimpleNamespace(worker=SimpleNamespace(workers=[], consumers={}), capacity=Capacity())
    broker.capacity.open(1)
    before = Watch(broker)._amiss()
    stop(loop)
    ended = Watch(broker)._amiss()
    set_event_loop_thread(None)

    assert (None, "threads ended: the event loop", False) == (before, ended, event_loop.is_dead())


@dramatiq.actor(actor_name="t.loop_exits", queue_name=QUEUE, max_retries=0)
async def exit_here() -> None:
    """Exit before and after a child was sent."""
    with job.transaction():
        be_well.send()
        sys.exit(3)


@dramatiq.actor(actor_name="t.loop_well", queue_name=QUEUE)
async def be_well() -> None:
    """Be well."""


def test_the_asynchronous_jobs_beside_one_that_exits_are_done(database: str) -> None:
    """It is dead as its own failure, and what it sent in its transaction never runs."""
    del database
    with working(QUEUE):
        assert isinstance(get_event_loop_thread(), LastingLoopThread)
        exit_here.send()
        eventually(lambda: look.states("t.loop_exits") == ["dead"])
        for _ in range(5):
            be_well.send()
        eventually(lambda: look.states("t.loop_well") == ["done"] * 5)

    assert ["SystemExit: 3"] == [each["reason"] for each in look.jobs("t.loop_exits")]
