"""on_success, on_failure and on_retry_exhausted send their messages; those of a failure go with its record."""

from __future__ import annotations

from typing import Any

import dramatiq

from bellwork.workers.testing import drain, enqueued, run_inline
from tests.workers import look

QUEUE = "t.callbacks"


@dramatiq.actor(actor_name="t.succeeded", queue_name="t.told")
def succeeded(message: dict[str, Any], result: Any) -> None:
    """Hear of a success."""


@dramatiq.actor(actor_name="t.failed", queue_name="t.told")
def failed(message: dict[str, Any], error: dict[str, str]) -> None:
    """Hear of a failure."""


@dramatiq.actor(actor_name="t.exhausted", queue_name="t.told")
def exhausted(message: dict[str, Any], retries: dict[str, int]) -> None:
    """Hear of the last failure."""


@dramatiq.actor(actor_name="t.works", queue_name=QUEUE, on_success="t.succeeded", on_failure="t.failed")
def work(number: int) -> None:
    """Work."""


@dramatiq.actor(
    actor_name="t.breaks", queue_name=QUEUE, max_retries=1, on_failure="t.failed", on_retry_exhausted="t.exhausted"
)
def break_down(number: int) -> None:
    """Fail."""
    raise ValueError(number)


@dramatiq.actor(actor_name="t.plain_fail", queue_name=QUEUE)
def fail_plainly(number: int) -> None:
    """Fail; callbacks come with the message."""
    raise ValueError(number)


@dramatiq.actor(actor_name="t.huge_fail", queue_name=QUEUE, on_failure="t.failed", on_retry_exhausted="t.exhausted")
def fail_hugely(text: str) -> None:
    """Fail with arguments so big that a message about them is bigger than the ledger takes."""
    raise ValueError(len(text))


def test_a_success_is_told(database: str) -> None:
    """on_success gets the message and the result; on_failure is silent."""
    del database
    run_inline(work, number=3)

    [told] = enqueued("t.succeeded")
    assert {"number": 3} == told["args"]["message"]["kwargs"]
    assert [] == enqueued("t.failed")


def test_every_failure_is_told_and_the_last_one_twice(database: str) -> None:
    """on_failure hears of each failed attempt, on_retry_exhausted of the end, once."""
    del database
    break_down.send(7)
    drain(QUEUE)
    after_one = (len(enqueued("t.failed")), len(enqueued("t.exhausted")))
    drain(QUEUE, later=True)

    assert ((1, 0), (2, 1)) == (after_one, (len(enqueued("t.failed")), len(enqueued("t.exhausted"))))
    assert {"type": "ValueError", "message": "7"} == enqueued("t.failed")[0]["args"]["error"]
    assert {"retries": 1, "max_retries": 1} == enqueued("t.exhausted")[0]["args"]["retries"]


def test_callbacks_of_a_message_are_told(database: str) -> None:
    """Given with the message, callbacks are as good as the actor's."""
    del database
    fail_plainly.send_with_options(args=(1,), on_failure=failed, on_retry_exhausted="t.exhausted", max_retries=0)
    drain(QUEUE)

    assert (1, 1) == (len(enqueued("t.failed")), len(enqueued("t.exhausted")))


def test_who_lost_the_lease_tells_nobody(database: str) -> None:
    """The message of a failure goes with the record of the failure: no record, no message."""
    del database
    job = run_inline(cancel_itself, number=1)

    assert ("cancelled", []) == (job["state"], enqueued("t.failed"))


@dramatiq.actor(actor_name="t.cancels_itself", queue_name=QUEUE, on_failure="t.failed")
def cancel_itself(number: int) -> None:
    """Fail after somebody has cancelled the job."""
    look.execute("SELECT bellwork.cancel(id) FROM bellwork.jobs WHERE actor = 't.cancels_itself'")
    raise ValueError(number)


def test_a_callback_that_is_refused_does_not_keep_the_failure_from_the_books(database: str) -> None:
    """Where the message cannot be sent the job is retried, and in the end dead, without it."""
    del database
    text = "".join(chr(0x4E00 + number * 7 % 20_000) for number in range(21_800))
    retried = run_inline(fail_hugely, text=text)
    fail_hugely.send_with_options(args=(text,), max_retries=0)
    drain(QUEUE)

    dead = look.jobs("t.huge_fail", state="dead")
    assert (("scheduled", 1), 1) == ((retried["state"], retried["retries"]), len(dead))
    assert "RefusedJob" in dead[0]["reason"]
    assert [] == enqueued("t.failed")
