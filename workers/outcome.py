"""What became of an attempt, as a value: decided once, after it ran, from what really happened to it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from math import isnan
from typing import TYPE_CHECKING, Any

from dramatiq.errors import Retry
from dramatiq.middleware import Shutdown

from bellwork.db.ledger import LostLease
from bellwork.db.ledger.jobs import FARTHEST
from bellwork.db.wording import clean, message_of, traceback_of, words_of
from bellwork.workers.parameter import UnfitArgument

if TYPE_CHECKING:
    from bellwork.workers.attempt import Attempt

#: Used when a hook that should have decided about a failure failed itself.
UNDECIDED_DELAY = 15.0
#: A snooze lasts so long (seconds) at least: one of none would run its job again and again, and count nothing.
LEAST_SNOOZE = 1.0
#: Characters of what is kept of a snooze's reason.
WHY = 300


class Snooze(Retry):
    """Raise it to run again after `seconds`, one at least; it is no failure and burns no retry.

    `why` is shown by `bellwork explain job`; `waits_for` names what an operator may let it go on with earlier.
    """

    def __init__(self, seconds: float, why: str = "", *, waits_for: str = "") -> None:
        self.seconds = LEAST_SNOOZE if isnan(seconds) else min(max(LEAST_SNOOZE, seconds), FARTHEST)
        self.why, self.waits_for = why, waits_for
        super().__init__(why or f"snoozed for {self.seconds:g} s", delay=round(self.seconds * 1000))


class Permanent(Exception):  # noqa: N818 - an actor's author raises it as a verdict
    """Raise it when another try cannot help: the job is dead at once, with this reason."""


@dataclass(frozen=True)
class Done:
    """It returned."""


@dataclass(frozen=True)
class Settled:
    """Its own transaction has recorded it, or another attempt holds the job now: nothing is left to write."""


@dataclass(frozen=True)
class TryAgain:
    """It failed and runs again after `delay` seconds; `bare`, its options stay as they are."""

    delay: float
    error: dict[str, Any]
    bare: bool = False


@dataclass(frozen=True)
class Snoozed:
    """It asked to run again after `delay` seconds; why, and what it waits for, as far as that was said."""

    delay: float
    why: str = ""
    waits_for: str = ""


@dataclass(frozen=True)
class Released:
    """It was interrupted by a shutdown, through no fault of its own."""


@dataclass(frozen=True)
class Dead:
    """It will not run again."""

    reason: str
    error: dict[str, Any] | None


Outcome = Done | Settled | TryAgain | Snoozed | Released | Dead


def outcome_of(attempt: Attempt) -> Outcome:  # noqa: PLR0911 - one line for each way to end
    """Decide what an attempt's end means; Dramatiq's Retries has had its say in `failed` and `retry_in`."""
    error = attempt.error
    if attempt.settled or isinstance(error, LostLease):
        return Settled()
    match error:
        case None:
            return Dead("rejected by a middleware", None) if attempt.failed else Done()
        case Snooze():
            return Snoozed(error.seconds, clean(error.why, WHY), error.waits_for)
        case Shutdown():
            return Released()
        case Permanent() | UnfitArgument():
            return Dead(message_of(error) or "permanent error", described(attempt, error))
    if attempt.failed:
        return Dead(words_of(error), described(attempt, error))
    delay = attempt.retry_in
    delay = UNDECIDED_DELAY if delay is None or isnan(delay) else max(0.0, delay)
    return TryAgain(delay, described(attempt, error))


def described(attempt: Attempt, error: BaseException) -> dict[str, Any]:
    """Describe an attempt's error as it is kept with the job: no locals, no secrets, bounded, printable."""
    return noted(attempt, words_of(error), traceback_of(error))


def noted(attempt: Attempt, text: str, shown: str) -> dict[str, Any]:
    """Return an error of this attempt in the form that is kept with a job."""
    at = datetime.now(UTC).isoformat(timespec="milliseconds")
    return {"attempt": attempt.number, "at": at, "error": text, "traceback": shown}
