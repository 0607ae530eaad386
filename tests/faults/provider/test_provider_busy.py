"""A language model that has too much to do: it gets no more than it can take, and is asked again when it says so."""

from __future__ import annotations

import os
import signal
import sys
import time
from email.utils import formatdate
from typing import TYPE_CHECKING

import pytest

from bellwork.tasks.providers.storage import open_storage
from bellwork.workers import adaptive, due_set
from tests.faults import failpoints, invariants, lessons, teacher
from tests.faults.ground import PATIENCE, rows, workers
from tests.faults.processes import Cluster
from tests.helpers import eventually
from tests.tasks.providers.openai_server import busy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.faults.teacher import Teacher
    from tests.tasks.providers.openai_server import Behaviour, Exchange

AT_ONCE = 2
#: What a busy model says of how long, and the seconds that it has to be left alone.
SAYS: dict[str, tuple[Callable[[], str | None], float]] = {
    "in-seconds": (lambda: "120", 120),
    "by-date": (lambda: formatdate(time.time() + 120, usegmt=True), 120),
    "nothing": (lambda: None, 30),
    "in-ten-years": (lambda: "315360000", 3600),
}
# A call that a busy machine could not finish within the second that it has here burns a retry by right.
_WRITTEN = """
SELECT retries - (
           SELECT count(*) FROM jsonb_array_elements(errors) AS e WHERE e ->> 'error' LIKE '%did not answer within%'
       ) AS retries, crashes
FROM bellwork.finished_jobs WHERE args ->> 'style' = :style AND actor = :actor
"""
_WORKER = """
SELECT w.pid FROM bellwork.jobs j JOIN bellwork.workers w ON w.id = j.worker_id
WHERE j.actor = 'content.write_script' AND j.args ->> 'style' = :style
"""
_CANCEL = "SELECT bellwork.cancel(:id, 'the test has seen enough')"


@pytest.fixture(scope="module")
def model() -> Iterator[Teacher]:
    """The language model."""
    with teacher.teacher() as model:
        yield model


@pytest.fixture(scope="module")
def cluster(ground: Path, model: Teacher) -> Iterator[Cluster]:
    """Two masters of one process with four threads each, that may ask the model twice at once."""
    lessons.load()
    settings = {
        "STORAGE_URL": f"file://{ground}/storage",
        "LLM_BASE_URL": model.base_url,
        "LLM_CONCURRENCY": str(AT_ONCE),
        "LEASE": "2",
        "BEAT": "0.5",
    }
    with Cluster(
        ground, processes=1, scheduler=True, systems="content", modules="tests.faults.hurried", settings=settings
    ) as cluster:
        yield cluster


@pytest.fixture(autouse=True)
def calm(cluster: Cluster) -> None:
    """Let the model get all its calls again, whatever it said in the test before."""
    del cluster
    due_set.client().delete("bellwork:busy:llm", "bellwork:busy:llm:heard")


@pytest.mark.usefixtures("cluster")
@pytest.mark.parametrize("how", SAYS)
def test_x2_a_busy_provider_is_left_alone_as_long_as_it_says(how: str, model: Teacher) -> None:
    """The job is due again after what Retry-After says, 30 s without it, an hour at most; it burns no retry."""
    header, seconds = SAYS[how]
    model.behave(busy(header()))
    teacher.ask(how, 1)
    eventually(lambda: [job for job in teacher.writing(how) if job.state == "available" and job.attempt], PATIENCE)
    [job] = teacher.writing(how)
    rows(_CANCEL, id=job.id)

    assert 0 == job.retries
    assert 0.8 * seconds - 2 < job.wait <= 1.1 * seconds


@pytest.mark.usefixtures("cluster")
def test_x2_it_is_asked_again_right_then(ground: Path, model: Teacher) -> None:
    """Told to come back in 2 s, the job calls not sooner, and soon after (10 % later, and a look of the scheduler)."""
    calls: list[float] = []
    model.behave(_noted(calls, busy("2")), _noted(calls, teacher.written()))
    wanted = teacher.ask("again", 1)
    eventually(lambda: teacher.scripts(ground, wanted), PATIENCE)
    sys.stdout.write(f"told to wait 2 s, came back after {calls[1] - calls[0]:.2f} s\n")

    assert 2 <= calls[1] - calls[0] < 2.2 + 3


@pytest.mark.usefixtures("cluster")
def test_x2_a_busy_provider_gets_half_as_many_calls_at_once(ground: Path, model: Teacher) -> None:
    """Of two calls at once one is left after a 429, on eight threads of two processes, and no lesson is lost by it."""
    model.behave(busy("1"), model.counted(teacher.written(), 0.2))
    told = teacher.ask("told", 1)
    eventually(lambda: adaptive.allowed(due_set.client(), "llm", AT_ONCE) == 1, PATIENCE)
    due_set.client().expire("bellwork:busy:llm", 600)  # the ten seconds of recovery are held still
    model.most = 0
    wanted = told + teacher.ask("half", 4)
    eventually(lambda: teacher.scripts(ground, wanted) == len(wanted), 3 * PATIENCE)

    assert 1 == model.most
    assert {0} == {job.retries for job in rows(_WRITTEN, style="half", actor="content.write_script")}


@pytest.mark.usefixtures("cluster")
def test_a_provider_gets_no_more_at_once_than_it_can_take(ground: Path, model: Teacher) -> None:
    """Seven lessons on eight threads of two processes, two turns: never three calls at once, and not one retry."""
    model.most = 0
    model.behave(model.counted(teacher.written(), 0.2))
    wanted = teacher.ask("at-once")
    began = time.monotonic()
    eventually(lambda: teacher.scripts(ground, wanted) == len(wanted), 2 * PATIENCE)
    sys.stdout.write(f"{len(wanted)} lessons, {AT_ONCE} at once: {time.monotonic() - began:.2f} s\n")
    eventually(lambda: len(rows(_WRITTEN, style="at-once", actor="content.write_script")) == len(wanted), PATIENCE)

    assert AT_ONCE == model.most
    assert {0} == {job.retries for job in rows(_WRITTEN, style="at-once", actor="content.write_script")}
    invariants.check()


@pytest.mark.usefixtures("cluster")
def test_x5_an_answer_that_comes_too_late_changes_nothing(ground: Path, model: Teacher) -> None:
    """Its process was stopped with the answer in its hands, and another asked again: that one's answer counts.

    A process that falls silent is charged to no job.
    """
    model.behave(teacher.written(title="The late one"), teacher.written(title="The one that counts"))
    asked = len(model.requests)
    failpoints.order(ground, "after_call", "stop")
    [wanted] = teacher.ask("late", 1)
    eventually(lambda: rows(_WORKER, style="late") and failpoints.taken(ground, "after_call"), PATIENCE)
    [worker] = rows(_WORKER, style="late")
    eventually(lambda: rows(_WRITTEN, style="late", actor="content.write_script"), PATIENCE)
    os.kill(worker.pid, signal.SIGCONT)
    eventually(lambda: worker.pid in {each.pid for each in workers()}, PATIENCE)
    eventually(lambda: lessons.are_completed("late-0"), PATIENCE)

    script = open_storage(f"file://{ground}/storage").get(f"scripts/{wanted.cache_key}.json")
    assert b"The one that counts" in script
    assert 2 == len(model.requests) - asked
    assert [(0, 0)] == [tuple(job) for job in rows(_WRITTEN, style="late", actor="content.write_script")]
    assert [dict.fromkeys(lessons.COLD, 1)] == lessons.passed("late-0")
    invariants.check()


def _noted(calls: list[float], behaviour: Behaviour) -> Behaviour:
    def behave(exchange: Exchange) -> None:
        calls.append(time.monotonic())
        behaviour(exchange)

    return behave
