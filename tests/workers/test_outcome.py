"""What became of an attempt, case by case."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from dramatiq.errors import RateLimitExceeded, Retry
from dramatiq.middleware import Shutdown, SkipMessage, TimeLimitExceeded

from bellwork.db.ledger import Claimed, LostLease
from bellwork.db.ledger.jobs import FARTHEST
from bellwork.workers import Permanent, Snooze
from bellwork.workers.attempt import Attempt
from bellwork.workers.outcome import UNDECIDED_DELAY, Dead, Done, Released, Settled, Snoozed, TryAgain, outcome_of

if TYPE_CHECKING:
    from bellwork.workers.outcome import Outcome

JOB = Claimed(1, "q", "t.outcome", {}, {}, 0, 3, 2, 0, 0.0, uuid4(), 0)
FAILED = ValueError("x")


def short(outcome: Outcome) -> Outcome | tuple[Any, ...]:
    """Leave out what describes the error."""
    match outcome:
        case TryAgain(delay, error):
            return "try again", delay, error["attempt"], error["error"]
        case Dead(reason, error):
            return "dead", reason, error and error["error"]
        case other:
            return other


@pytest.mark.parametrize(
    ("became", "expected"),
    [
        ({}, Done()),
        ({"settled": True}, Settled()),
        ({"settled": True, "error": FAILED}, Settled()),
        ({"settled": True, "error": Permanent("no")}, Settled()),
        ({"error": LostLease("gone")}, Settled()),
        ({"error": LostLease("gone"), "failed": True}, Settled()),
        ({"failed": True}, ("dead", "rejected by a middleware", None)),
        ({"error": Snooze(7)}, Snoozed(7)),
        ({"error": Snooze(-7)}, Snoozed(1)),
        ({"error": Snooze(0)}, Snoozed(1)),
        ({"error": Snooze(float("nan"))}, Snoozed(1)),
        ({"error": Snooze(float("inf"))}, Snoozed(FARTHEST)),
        ({"error": Snooze(7), "failed": True}, Snoozed(7)),
        ({"error": Shutdown()}, Released()),
        ({"error": Shutdown(), "failed": True}, Released()),
        ({"error": Permanent("no use")}, ("dead", "no use", "Permanent: no use")),
        ({"error": Permanent()}, ("dead", "permanent error", "Permanent: ")),
        ({"error": FAILED, "failed": True}, ("dead", "ValueError: x", "ValueError: x")),
        ({"error": SkipMessage("old"), "failed": True}, ("dead", "SkipMessage: old", "SkipMessage: old")),
        ({"error": FAILED, "retry_in": 4.5}, ("try again", 4.5, 3, "ValueError: x")),
        ({"error": FAILED, "retry_in": 0.0}, ("try again", 0.0, 3, "ValueError: x")),
        ({"error": FAILED, "retry_in": -4.5}, ("try again", 0.0, 3, "ValueError: x")),
        ({"error": FAILED, "retry_in": float("nan")}, ("try again", UNDECIDED_DELAY, 3, "ValueError: x")),
        ({"error": FAILED}, ("try again", UNDECIDED_DELAY, 3, "ValueError: x")),
        ({"error": Retry("r"), "retry_in": 1.0}, ("try again", 1.0, 3, "Retry: r")),
        ({"error": RateLimitExceeded("r"), "retry_in": 1.0}, ("try again", 1.0, 3, "RateLimitExceeded: r")),
        ({"error": TimeLimitExceeded(), "retry_in": 1.0}, ("try again", 1.0, 3, "TimeLimitExceeded: ")),
        ({"error": ValueError("\0\ud800"), "retry_in": 1.0}, ("try again", 1.0, 3, "ValueError: \\x00\\ud800")),
    ],
)
def test_an_attempts_end_means(became: dict[str, Any], expected: Outcome | tuple[Any, ...]) -> None:
    """Each end of an attempt has one meaning, whatever else was noted on it."""
    assert expected == short(outcome_of(Attempt(JOB, **became)))
