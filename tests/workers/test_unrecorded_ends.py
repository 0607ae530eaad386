"""No end of an attempt makes its job run on uncounted: what cannot be recorded as it was is recorded as a failure."""

from __future__ import annotations

import json
from asyncio import CancelledError
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import dramatiq
import pytest
from dramatiq.errors import Retry
from dramatiq.middleware import Shutdown
from psycopg.errors import InternalError_, QueryCanceled

from bellwork.db import ledger
from bellwork.db.engine import transaction
from bellwork.workers import Permanent, broker, settle
from bellwork.workers.as_job import as_job
from bellwork.workers.testing import run_due, run_inline
from tests.helpers import eventually
from tests.workers import look
from tests.workers.process import working

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

LANES = ("long", "short", "async")
ran: Counter[str] = Counter()


class Wordless(Exception):  # noqa: N818 - named for what it lacks
    """Cannot be put in words."""

    def __str__(self) -> str:
        """Fail, as a class does that quotes a response that it never got."""
        raise AttributeError("response")


class WordlessPermanent(Wordless, Permanent):
    """Is final, and cannot be put in words."""


def endless() -> BaseException:
    """Return an error that caused itself, by way of another."""
    error, other = ValueError("cause"), ValueError("effect")
    error.__cause__, other.__cause__ = other, error
    return error


ERRORS: dict[str, Callable[[], BaseException]] = {
    "wordless": Wordless,
    "permanent": WordlessPermanent,
    "exit": lambda: SystemExit(3),
    "keyboard": KeyboardInterrupt,
    "time-out": TimeoutError,
    "cancelled": CancelledError,
    "generator": GeneratorExit,
    "nul": lambda: ValueError("\0"),
    "endless": endless,
    "nan": lambda: Retry("later", delay=float("nan")),  # type: ignore[arg-type]
    "ages ago": lambda: Retry("later", delay=-(10**15)),
}
ON_DEAD: dict[str, Callable[[], BaseException]] = {
    "": ValueError,
    "exits": lambda: SystemExit(1),
    "interrupt": Shutdown,
    "wordless": Wordless,
    "time-out": lambda: QueryCanceled("canceling statement due to statement timeout"),
}


def fail(error: str, name: str) -> None:
    """Raise what the test names."""
    ran[name] += 1
    error_of = ERRORS[error]
    raise error_of()


def record_death(conn: Connection, args: dict[str, Any], reason: str) -> None:
    """Raise in on_dead what the test names."""
    del conn, reason
    if error := ON_DEAD.get(args["name"]):
        raise error()


OPTIONS: dict[str, Any] = {"max_retries": 1, "min_backoff": 1, "max_backoff": 1, "on_dead": record_death}


@dramatiq.actor(actor_name="t.end_long", queue_name="t.end_long", **OPTIONS)
def fail_long(error: str, name: str) -> None:
    """Fail in the long lane."""
    fail(error, name)


@dramatiq.actor(actor_name="t.end_short", queue_name="t.end_short", lane="short", **OPTIONS)
def fail_short(error: str, name: str) -> None:
    """Fail in the short lane."""
    fail(error, name)


@dramatiq.actor(actor_name="t.end_async", queue_name="t.end_async", **OPTIONS)
async def fail_async(error: str, name: str) -> None:
    """Fail in the event loop."""
    fail(error, name)


@dramatiq.actor(actor_name="t.end_good", queue_name="t.end_async")
async def do_well() -> None:
    """Need the event loop that others were in."""


def test_whatever_is_raised_ends_its_job_after_its_retries(database: str) -> None:
    """Two runs of each in either lane and in the event loop, one of what is final; then it is dead with its class."""
    del database
    ran.clear()
    names = {"wordless": "Wordless: (", "exit": "SystemExit: 3", "keyboard": "KeyboardInterrupt", "ages ago": "Retry:"}
    names |= {"permanent": "(its text cannot be had", "time-out": "TimeoutError", "cancelled": "CancelledError"}
    names |= {"generator": "GeneratorExit", "nul": "ValueError: \\x00", "endless": "ValueError: cause"}
    with transaction():
        for lane in LANES:
            for error in names:
                args = {"error": error, "name": f"{lane} {error}"}
                dramatiq.get_broker().get_actor(f"t.end_{lane}").send(**args)
    with working(*(f"t.end_{lane}" for lane in LANES)):
        eventually(lambda: set(look.states()) == {"dead"}, seconds=20)
        do_well.send()
        eventually(lambda: look.states("t.end_good") == ["done"])

    for job in (job for lane in LANES for job in look.jobs(f"t.end_{lane}")):
        assert job["reason"].startswith(names[job["args"]["error"]])
        runs = 1 if job["args"]["error"] == "permanent" else 2
        # A batch may be called once more, with savepoints.
        called = runs if "short" in job["actor"] else ran[job["args"]["name"]]
        assert (runs, runs) == (called, len(job["errors"]))


@pytest.mark.parametrize("actor", [fail_long, fail_short])
def test_a_delay_that_is_no_number_is_the_usual_one(database: str, actor: dramatiq.Actor[..., None]) -> None:
    """Retry(delay=nan) is a failure that counts, and is tried again after a while."""
    del database
    job = run_inline(actor, error="nan", name="nan")

    assert ("scheduled", 1) == (job["state"], job["retries"])
    assert 5 < look.wait_of(job) < 30


@pytest.mark.parametrize("actor", [fail_long, fail_short])
@pytest.mark.parametrize("on_dead", [name for name in ON_DEAD if name])
def test_an_on_dead_that_raises_anything_leaves_the_job_dead(
    database: str, actor: dramatiq.Actor[..., None], on_dead: str
) -> None:
    """An on_dead that exits, is interrupted, cannot be put in words or meets a time-out is named in the reason."""
    del database
    with patch.object(settle, "_AGAIN", ()):
        job = run_inline(actor, error="permanent", name=on_dead)

    assert "dead" == job["state"]
    assert f"(and its on_dead failed: {type(ON_DEAD[on_dead]()).__name__}" in job["reason"]


@pytest.mark.parametrize("actor", [fail_long, fail_short])
def test_a_death_that_cannot_be_recorded_is_a_retry_that_counts(
    database: str, actor: dramatiq.Actor[..., None]
) -> None:
    """Where even the record without on_dead is refused, the job waits for its next try, with an error that says so."""
    del database
    with patch.object(ledger, "mark_dead", side_effect=InternalError_("the history is broken")):
        job = run_inline(actor, error="permanent", name="unrecorded")

    assert ("scheduled", 1, [settle.UNRECORDED]) == (
        job["state"],
        job["retries"],
        [error["error"] for error in job["errors"]],
    )


@pytest.mark.parametrize("actor", [fail_long, fail_short])
def test_a_failure_that_the_job_has_no_room_for_is_a_retry_that_counts(
    database: str, actor: dramatiq.Actor[..., None]
) -> None:
    """Options of nearly 64 KiB leave no room for what a retry notes: it is counted without."""
    del database
    new = as_job(broker, actor.message(error="wordless", name="full"))
    following = actor.message(error="wordless", name="").asdict()
    options = {**new.options, "pipe_target": following}
    following["kwargs"]["name"] = "x" * (65_470 - len(json.dumps(options)))
    with transaction() as conn:
        [due] = ledger.enqueue(conn, [replace(new, options=options)])
    run_due([due.id])
    with transaction() as conn:
        job = ledger.show_job(conn, due.id) or {}

    assert ("scheduled", 1) == (job["state"], job["retries"])


@pytest.mark.parametrize("lane", LANES)
def test_a_row_that_cannot_be_written_stays_with_its_process(database: str, lane: str) -> None:
    """It is tried ever more rarely, and the job is not run beside itself; at last it is a retry that counts."""
    del database
    ran.clear()
    refused = Counter[str]()
    retry = ledger.retry

    def refuse(*args: Any) -> bool:
        refused["retry"] += 1
        if refused["retry"] < 6:
            raise InternalError_("the table of jobs is broken")
        return retry(*args)

    actor = dramatiq.get_broker().get_actor(f"t.end_{lane}")
    quick = patch.multiple(settle, _FIRST_PAUSE=0.01, _LONGEST_PAUSE=0.02)
    # A batch that fails is called once more, with savepoints, unless its queue failed shortly before.
    unknown = patch.dict(broker.batch_actor._careful, clear=True)
    calls = 2 if lane == "short" else 1
    with unknown, patch.object(ledger, "retry", refuse), quick, working(f"t.end_{lane}", threads=1):
        actor.send_with_options(kwargs={"error": "exit", "name": lane}, min_backoff=60_000, max_backoff=60_000)
        eventually(lambda: look.jobs()[0]["retries"] == 1, 40)

    [job] = look.jobs()
    assert (calls, 1, settle.UNRECORDED) == (ran[lane], job["attempt"], job["errors"][-1]["error"])
