"""What operators do to jobs, by command and by page: retry, cancel, reprioritise, reveal; one, or all of a filter."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from bellwork.db.engine import transaction
from bellwork.db.ledger import (
    act_on_jobs,
    cancel,
    due_among,
    find_jobs,
    priorities,
    record_act,
    reprioritise,
    retry_finished,
    show_job,
)

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from bellwork.db.ledger import ChangedBy, Which

#: Jobs that are changed in one transaction: a session that waits for one of them waits a tenth of a second.
BATCH = 1_000
#: A preview counts so far, with so many looks, and names so many. For a text each look reads 5,000 jobs, most of which
#: lie on a page of their own: 0.1 s where those are not in memory.
MOST, LOOKS, SAMPLES = 10_000, 2, 5
#: The states of jobs that may be retried, and of those that may be cancelled.
FINISHED, UNFINISHED = ("dead", "cancelled"), ("scheduled", "available", "running")
#: ... and of those that may be given another priority.
WAITING = ("scheduled", "available")


def retry_jobs(conn: Connection, ids: list[int], by: ChangedBy) -> list[int]:
    """Put dead and cancelled jobs back, due now, and record it; returns which."""
    return act_on_jobs(conn, by, "jobs retry", ids, retry_finished)


def cancel_jobs(conn: Connection, ids: list[int], by: ChangedBy) -> list[int]:
    """Cancel unfinished jobs, and record it; returns which. A running attempt can write nothing any more."""
    return act_on_jobs(conn, by, "jobs cancel", ids, partial(cancel, reason=by.why))


def reveal_job(conn: Connection, job: int, by: ChangedBy) -> dict[str, Any] | None:
    """Return everything about a job, its arguments unmasked, and record who saw them; None where there is none."""
    found = show_job(conn, job)
    if found:
        record_act(conn, by, "jobs reveal", f"job {job}")
    return found


def reprioritise_jobs(conn: Connection, ids: list[int], by: ChangedBy, *, priority: int) -> list[int]:
    """Let waiting jobs run before those of a higher number, and record it; returns which."""
    return act_on_jobs(conn, by, "jobs reprioritise", ids, partial(reprioritise, priority=priority), priorities)


def move(ids: list[int]) -> None:
    """Give jobs that were reprioritised their new place among those that workers take next; best effort.

    What is due is offered, a batch of it; of the rest, what is offered already is moved.
    """
    from bellwork.workers import due_set  # noqa: PLC0415 - loads Redis's client only when asked to

    for start in range(0, len(ids), BATCH):
        with transaction() as conn:
            due = due_among(conn, ids[start : start + BATCH])
        due_set.add(due, known=start > 0)


@dataclass(frozen=True)
class Counted:
    """How many jobs a filter finds, MOST at most, by actor, and the newest; those below `before` are not looked at."""

    actors: Counter[str]
    samples: list[int]
    before: int | None = None

    @property
    def count(self) -> int:
        """How many."""
        return self.actors.total()

    @property
    def is_more(self) -> bool:
        """Whether there may be more."""
        return self.before is not None

    @property
    def newest(self) -> int | None:
        """The id below which all of them lie, those that were not looked at included."""
        return self.samples[0] + 1 if self.samples else self.before


def count_jobs(conn: Connection, which: Which) -> Counted:
    """Count what a filter finds, for a preview."""
    found: list[tuple[int, str]] = []
    before = None
    for _ in range(LOOKS):
        part = find_jobs(conn, which, MOST - len(found), before=before)
        found, before = found + part.found, part.before
        if before is None or len(found) == MOST:
            break
    return Counted(Counter(actor for _, actor in found), [id_ for id_, _ in found[:SAMPLES]], before)


class Found:
    """The jobs that a filter finds, a batch with each call, the newest first; what comes meanwhile is left alone."""

    def __init__(self, which: Which, before: int | None = None) -> None:
        """Find none but those below `before`: those that came after a preview are not meant."""
        self.ids: list[int] = []
        self.ended = False
        self._which = which
        self._before = before

    def next(self, conn: Connection) -> list[int]:
        """Return the next batch; none is left when it has `ended`, and until then one may be empty."""
        part = find_jobs(conn, self._which, BATCH, before=self._before)
        self._before, self.ended = part.before, part.before is None
        self.ids += part.ids
        return part.ids
