"""Dramatiq's options for failing jobs keep their documented meaning, with the ledger's row as the memory."""

from __future__ import annotations

from typing import Any

import dramatiq
import pytest
from dramatiq.errors import RateLimitExceeded, Retry
from dramatiq.middleware import CurrentMessage

from bellwork.workers import Permanent, Snooze, bell, due_set
from bellwork.workers.testing import drain, enqueued, run_inline
from tests.workers import look

ERRORS: dict[str, BaseException] = {
    "value": ValueError("not now"),
    "key": KeyError("never"),
    "permanent": Permanent("nobody can help"),
    "wordless": Permanent(),
    "nul": Permanent("broken \0 and \ud800"),
    "snooze": Snooze(30, "busy"),
    "rate": RateLimitExceeded("too many"),
    "retry": Retry("later", delay=45_000),
    "long": ValueError("x" * 100_000),
}


@dramatiq.actor(actor_name="t.fails", queue_name="t.retries", max_retries=2, min_backoff=1_000, max_backoff=8_000)
def fail(error: str) -> None:
    """Raise what the test names."""
    raise ERRORS[error]


@dramatiq.actor(actor_name="t.throws", queue_name="t.retries", throws=(KeyError,))
def throw(error: str) -> None:
    """Raise what the test names; a KeyError is final."""
    raise ERRORS[error]


@dramatiq.actor(
    actor_name="t.retry_when", queue_name="t.retries", retry_when=lambda retries, error: retries < 4 and error.args
)
def fail_when(error: str) -> None:
    """Raise what the test names; whether it runs again is a function's to say."""
    raise ERRORS[error]


@dramatiq.actor(actor_name="t.forever", queue_name="t.retries", max_retries=None)
def fail_for_ever(error: str) -> None:
    """Raise what the test names; there is no end of it."""
    raise ERRORS[error]


def only(actor: str) -> dict[str, Any]:
    """Return the one job of an actor."""
    [job] = look.jobs(actor)
    return job


def test_max_retries_counts_the_retries(database: str) -> None:
    """With two retries a job runs three times; then it is dead, with every attempt's error."""
    del database
    fail.send("value")
    ran = drain("t.retries", later=True)

    job = only("t.fails")
    assert (3, "dead", "ValueError: not now") == (ran, job["state"], job["reason"])
    assert [(1, "ValueError: not now"), (2, "ValueError: not now"), (3, "ValueError: not now")] == [
        (error["attempt"], error["error"]) for error in job["errors"]
    ]
    assert "raise ERRORS[error]" in job["errors"][0]["traceback"]


def test_a_messages_own_max_retries_wins(database: str) -> None:
    """With max_retries=0 on the message the first failure is the last."""
    del database
    fail.send_with_options(args=("value",), max_retries=0)

    assert (1, "dead") == (drain("t.retries", later=True), only("t.fails")["state"])


def test_without_a_limit_a_job_is_tried_on(database: str) -> None:
    """max_retries=None means no end; the errors kept are bounded."""
    del database
    fail_for_ever.send("value")
    with pytest.raises(RuntimeError, match="still not drained after 41 attempts"):
        drain("t.retries", later=True, most=40)

    assert (41, 25) == (only("t.forever")["retries"], len(only("t.forever")["errors"]))


def test_the_backoff_lies_between_its_bounds(database: str) -> None:
    """The first wait is about min_backoff, later ones grow, none is beyond max_backoff."""
    del database
    first = run_inline(fail, error="value")
    look.execute("UPDATE bellwork.jobs SET run_at = now()")
    drain("t.retries")
    second = only("t.fails")

    assert 0 < look.wait_of(first) <= 2
    assert 0 < look.wait_of(second) <= 8


def test_a_messages_own_backoff_wins(database: str) -> None:
    """Per-message bounds stand over the actor's."""
    del database
    fail.send_with_options(args=("value",), min_backoff=600_000, max_backoff=600_000)
    drain("t.retries")

    assert 290 < look.wait_of(only("t.fails")) <= 600


def test_throws_is_final(database: str) -> None:
    """An error of `throws` is dead at once; another one is retried."""
    del database

    assert "dead" == run_inline(throw, error="key")["state"]
    assert "scheduled" == run_inline(throw, error="value")["state"]


def test_retry_when_decides_instead_of_max_retries(database: str) -> None:
    """The function is asked with the retries so far and the error; it alone ends the job."""
    del database
    fail_when.send("value")

    assert (5, "dead") == (drain("t.retries", later=True), only("t.retry_when")["state"])


def test_permanent_is_dead_at_once(database: str) -> None:
    """With retries left, Permanent ends the job with its own words as the reason."""
    del database
    job = run_inline(fail, error="permanent")

    assert ("dead", "nobody can help", 0) == (job["state"], job["reason"], job["retries"])


@pytest.mark.parametrize(
    ("error", "reason"),
    [("wordless", "permanent error"), ("nul", "broken \\x00 and \\ud800")],
    ids=["none", "unprintable"],
)
def test_a_reason_is_always_printable(database: str, error: str, reason: str) -> None:
    """No words, or such as PostgreSQL does not take, are no reason to lose the verdict."""
    del database
    job = run_inline(fail, error=error)

    assert ("dead", reason) == (job["state"], job["reason"])


def test_a_snooze_burns_no_retry(database: str) -> None:
    """However often it snoozes, a job of two retries is only late."""
    del database
    fail.send("snooze")
    with pytest.raises(RuntimeError, match="still not drained"):
        drain("t.retries", later=True, most=5)

    job = only("t.fails")
    assert ("scheduled", 0, 6, []) == (job["state"], job["retries"], job["attempt"], job["errors"])
    assert 25 < look.wait_of(job) <= 30


def test_a_rate_limit_is_retried(database: str) -> None:
    """RateLimitExceeded takes the retry path like any error."""
    del database
    job = run_inline(fail, error="rate")

    assert ("scheduled", 1) == (job["state"], job["retries"])


def test_retry_names_its_own_delay(database: str) -> None:
    """Retry(delay=…), in milliseconds, counts as a retry and waits as long as it says."""
    del database
    job = run_inline(fail, error="retry")

    assert ("scheduled", 1) == (job["state"], job["retries"])
    assert 40 < look.wait_of(job) <= 45


def test_a_very_long_error_is_cut(database: str) -> None:
    """What is kept of an error is bounded."""
    del database
    [error] = run_inline(fail, error="long")["errors"]

    assert 1_000 == len(error["error"])
    assert 1_000 < len(error["traceback"]) <= 4_000


def test_a_retry_is_the_same_row(database: str) -> None:
    """A job that failed is still one job, under its old id, and keeps its key."""
    del database
    fail.send_with_options(args=("value",), unique_key="k")
    before = enqueued()[0]["id"]
    drain("t.retries")
    fail.send_with_options(args=("value",), unique_key="k")

    assert [before] == [job["id"] for job in enqueued()]


@pytest.mark.parametrize(("error", "words"), [("permanent", "failed for good"), ("snooze", ""), ("value", "Retrying")])
def test_the_log_speaks_of_a_retry_only_where_there_will_be_one(
    database: str, caplog: pytest.LogCaptureFixture, error: str, words: str
) -> None:
    """A job that is dead is not said to be retried, nor is a snooze a failure that used up its retries."""
    del database
    with caplog.at_level("INFO", logger="dramatiq.middleware"):
        fail.send_with_options(args=(error,), max_retries=1)
        drain("t.retries")

    said = [record.getMessage() for record in caplog.records if record.name.startswith("dramatiq.middleware")]
    assert (not words and not any("etr" in each for each in said)) or [True] == [words in each for each in said]


def test_a_retry_knows_when_it_was_put_back_and_where_it_failed(database: str) -> None:
    """What Retries and hooks note on a message is on the next attempt's; what is no JSON is left out."""
    del database
    seen_options.clear()
    run_inline(note_options)
    drain("t.noted", later=True)

    [first, second] = seen_options
    assert (set(), 1, "kept") == (set(first), second["retries"], second["mine"])
    assert (True, True, False) == (
        second["requeue_timestamp"] > 0,
        "ValueError: noted" in second["traceback"],
        "odd" in second,
    )


def test_a_retry_that_is_due_at_once_is_announced(database: str) -> None:
    """A worker hears of it from the due set, without a poll of the ledger."""
    del database
    job = run_inline(fail_at_once)
    bell.drain(5)

    assert [str(job["id"]).encode()] == due_set.client().zrange(due_set.key("t.at_once"), 0, -1)


seen_options: list[dict[str, Any]] = []


@dramatiq.actor(actor_name="t.noted", queue_name="t.noted", max_retries=1)
def note_options() -> None:
    """Note the options of the message, change them, and fail."""
    message = CurrentMessage.get_current_message()
    assert message is not None
    seen_options.append(dict(message.options))
    message.options.update(mine="kept", odd=object())
    if len(seen_options) == 1:
        raise ValueError("noted")


@dramatiq.actor(actor_name="t.at_once", queue_name="t.at_once", max_retries=1, min_backoff=0)
def fail_at_once() -> None:
    """Fail, to be tried again at once."""
    raise Retry("again", delay=0)
