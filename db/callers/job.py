"""What callers of the door say of a job, and what they are told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, timedelta

#: What a unique_key is unique among: unfinished jobs, or only those that wait and were not claimed yet.
Unique = Literal["unfinished", "waiting"]

#: Fewer seconds than these are a few.
_FEW = 7.5


class Declared(Protocol):
    """An actor, as Dramatiq's decorator returns it."""

    @property
    def actor_name(self) -> str:
        """Its name in the ledger."""


@dataclass(slots=True)
class NewJob:
    """A job to enqueue: an actor or its name, and its arguments by name.

    `queue` and `priority` are the actor's own unless given; `delay` is in seconds or a timedelta and counts from
    PostgreSQL's now; `run_at` has a time zone. A job whose `unique_key` another one has is not enqueued: while that one
    is unfinished, or with `unique="waiting"` until it is claimed.
    """

    actor: str | Declared
    args: Mapping[str, Any] | None = None
    queue: str | None = None
    priority: int | None = None
    run_at: datetime | None = None
    delay: float | timedelta | None = None
    unique_key: str | None = None
    unique: Unique | None = None


class Enqueued(NamedTuple):
    """The job's id, and whether it is new: if not, it is that of the job that has the `unique_key`."""

    id: int
    is_new: bool


class Eta(NamedTuple):
    """When a job is likely to be done. `seconds` from now, in four of five cases between `low` and `high`.

    `ahead` due jobs of its queue come first; estimated above 1,000, and None for a job that runs or is finished.
    `state` is as in `Job`. Where `seconds` is None, `why` says so: 'paused' (its queue, without an end), 'quarantined'
    (its kind kills processes), 'no worker' (none alive takes it), 'no history' (no such job was finished yet), or None
    for a job that is finished. With `seconds`, 'paused' tells that the pause has an end, which is reckoned with.
    """

    id: int
    state: str
    seconds: float | None
    low: float | None
    high: float | None
    ahead: int | None
    why: str | None

    @property
    def about(self) -> str | None:
        """The seconds in words that learners read, such as 'about 3 minutes'; None where they are not known."""
        if self.seconds is None:
            return None
        for length, unit in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
            if self.seconds >= 1.5 * length:
                return f"about {self.seconds / length:.0f} {unit}s"
            if self.seconds >= 0.75 * length:
                return f"about {'an' if unit == 'hour' else 'a'} {unit}"
        return "a few seconds" if self.seconds < _FEW else f"about {5 * round(self.seconds / 5)} seconds"


class Job(NamedTuple):
    """What has become of a job. `state` is scheduled, available, running, done, dead or cancelled."""

    id: int
    actor: str
    queue: str
    state: str
    reason: str | None
    attempt: int
    unique_key: str | None
    created_at: datetime
    run_at: datetime
    finished_at: datetime | None
