"""What became of an attempt, as a value: decided once, after it ran, from what really happened to it."""

from __future__ import annotations

import traceback
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from dramatiq.errors import Retry
from dramatiq.middleware import Shutdown

from db.ledger import LostLease

if TYPE_CHECKING:
    from workers.attempt import Attempt

#: Used when a hook that should have decided about a failure failed itself.
UNDECIDED_DELAY = 15.0
_TRACEBACK_KEPT = 4_000
_WORDS_KEPT = 1_000


class Snooze(Retry):
    """Raise it to run again after `seconds`; it is no failure and burns no retry."""

    def __init__(self, seconds: float, why: str = "") -> None:
        super().__init__(why or f"snoozed for {seconds:g} s", delay=max(0, round(seconds * 1000)))
        self.seconds = max(0.0, seconds)


class Permanent(Exception):  # noqa: N818 - an actor's author raises it as a verdict
    """Raise it when another try cannot help: the job is dead at once, with this reason."""


@dataclass(frozen=True)
class Done:
    """It returned."""


@dataclass(frozen=True)
class Settled:
    """Its own transaction has recorded it, or somebody else holds the job now: nothing is left to write."""


@dataclass(frozen=True)
class TryAgain:
    """It failed and runs again after `delay` seconds."""

    delay: float
    error: dict[str, Any]


@dataclass(frozen=True)
class Snoozed:
    """It asked to run again after `delay` seconds."""

    delay: float


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
            return Snoozed(error.seconds)
        case Shutdown():
            return Released()
        case Permanent():
            return Dead(printable(str(error)) or "permanent error", described(attempt, error))
    if attempt.failed:
        return Dead(_in_words(error), described(attempt, error))
    delay = UNDECIDED_DELAY if attempt.retry_in is None else attempt.retry_in
    return TryAgain(delay, described(attempt, error))


def described(attempt: Attempt, error: BaseException) -> dict[str, Any]:
    """Describe an attempt's error as it is kept with the job: no locals, bounded, printable."""
    return {
        "attempt": attempt.number,
        "at": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "error": _in_words(error),
        "traceback": _clean("".join(traceback.format_exception(error)))[-_TRACEBACK_KEPT:],
    }


def printable(text: str) -> str:
    """Return the text as PostgreSQL takes it, cut to a thousand characters."""
    return _clean(text)[:_WORDS_KEPT]


def _in_words(error: BaseException) -> str:
    return printable(f"{type(error).__name__}: {error}")


def _clean(text: str) -> str:
    """PostgreSQL takes neither NUL nor lone surrogates, wherever a provider's answer put them."""
    return text.replace("\0", "\\0").encode("utf-8", "backslashreplace").decode()
