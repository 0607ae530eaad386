"""What the ledger's verbs speak of: a job to be, a job that is due, and one attempt at a job."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime
    from uuid import UUID


#: Errors kept of one job, the newest last; a job that fails for ever must not grow for ever.
KEPT_ERRORS = 25
#: No delay or time limit counts for more than a hundred years (in seconds): no interval holds just any number.
FARTHEST = 100 * 365 * 86_400.0


@dataclass(slots=True)
class NewJob:
    """A job to enqueue. `queue` and `priority` default to the actor's own, `delay` (seconds) counts from now.

    With `waiting` its `unique_key` is unique among the jobs that wait: free again when it is claimed.
    `told` is called with the job's id once it is inserted, or with None where an unfinished job has its `unique_key`.
    `subject` and `tenant` are the paths of the arguments that say whose data it carries and for which school, where its
    actor's declaration is known (`declared`); where it is not, the ledger takes what workers registered.
    """

    actor: str
    args: dict[str, Any] = field(default_factory=dict)
    queue: str | None = None
    priority: int | None = None
    delay: float = 0
    run_at: datetime | None = None
    unique_key: str | None = None
    waiting: bool = False
    options: dict[str, Any] = field(default_factory=dict)
    told: Callable[[int | None], None] | None = None
    declared: bool = False
    subject: tuple[str, ...] | None = None
    tenant: tuple[str, ...] | None = None


class Place(NamedTuple):
    """Where a job stands among the available ones of its queue: a look may begin there. `run_at` is in microseconds."""

    priority: int
    run_at: int
    id: int


class Due(NamedTuple):
    """A job that may run now: what the due set holds of it. `run_at` is in microseconds."""

    id: int
    queue: str
    priority: int
    run_at: int

    @property
    def place(self) -> Place:
        """Where it stands."""
        return Place(self.priority, self.run_at, self.id)


class Held(NamedTuple):
    """What an attempt has to show to change its job: the id, and the fencing number it was claimed with.

    `since` is the instant of the claim in microseconds: after a failover that lost its tail, PostgreSQL hands out the
    ids of the tail once more, and a job that still runs must not finish its namesake.
    """

    id: int
    attempt: int
    since: int


class Claimed(NamedTuple):
    """One attempt at a job, as claimed: `attempt` fences every later write; `age` is in seconds by PostgreSQL."""

    id: int
    queue: str
    actor: str
    args: dict[str, Any]
    options: dict[str, Any]
    priority: int
    attempt: int
    retries: int
    crashes: int
    age: float
    worker_id: UUID
    since: int
    run_at: int = 0
    lost: int = 0

    @property
    def place(self) -> Place:
        """Its place among the due jobs before it was claimed, if a poll found it."""
        return Place(self.priority, self.run_at, self.id)

    @property
    def held(self) -> Held:
        """The proof that goes with every change of the job."""
        return Held(self.id, self.attempt, self.since)


def beginning(place: Place | None) -> dict[str, int | None]:
    """Return the parameters of a look that begins at a place, or at the very beginning."""
    return dict(zip(("from_priority", "from_run_at", "from_id"), place or (None, None, None), strict=True))


def as_keys(actors: Iterable[str]) -> str:
    """Return names as the keys of one JSON object, for `names ? actor`.

    An array of a thousand names is looked through by the planner, name by name, whenever it plans: 6 ms for a claim.
    """
    return _as_keys(tuple(actors))


@lru_cache(maxsize=32)
def _as_keys(actors: tuple[str, ...]) -> str:
    return json.dumps(dict.fromkeys(actors))


def in_columns(attempts: Sequence[Held]) -> dict[str, list[int]]:
    """Return the attempts as the three arrays that a set-based statement unnests.

    They are in the order of ids, so that two such statements over the same jobs lock them in one order.
    """
    ordered = sorted(attempts)
    return {
        "ids": [held.id for held in ordered],
        "attempts": [held.attempt for held in ordered],
        "since": [held.since for held in ordered],
    }


@dataclass(slots=True, frozen=True)
class Worker:
    """A worker process as it registers: `actors` maps each it knows to its hard limit in seconds, or None.

    `master` is the identity that it shares with the heartbeat beside it, and `started` its process's start in seconds
    since 1970; without them its lease alone says whether it is alive. `threads` is how many jobs it runs at once, and
    `clock` what its host's clock says now, in seconds since 1970.
    """

    id: UUID
    host: str
    pid: int
    master_pid: int
    queues: list[str]
    actors: dict[str, float | None]
    master: UUID | None = None
    started: float | None = None
    threads: int | None = None
    clock: float | None = None
