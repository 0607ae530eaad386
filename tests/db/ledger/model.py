"""The ledger's verbs on plain Python objects, as the promises read: what the real ledger is compared with.

Time stands still but for `advance`: a moment is (hours that have passed, how many-th deed), so that what was written
later is later, and only whole hours make anything due or anybody silent.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from bellwork.db.ledger.jobs import KEPT_ERRORS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from uuid import UUID

    from bellwork.db.ledger import Held

UNFINISHED = ("available", "running")


class Moment(NamedTuple):
    """A time: hours, and the order of what happens within one."""

    hours: int
    deed: int


@dataclass
class Job:
    """A job as everybody can see it."""

    queue: str
    actor: str
    priority: int
    run_at: Moment
    key: str | None
    state: str = "available"
    attempt: int = 0
    retries: int = 0
    crashes: int = 0
    lost: int = 0
    errors: int = 0
    worker: UUID | None = None
    reason: str | None = None

    def stop(self) -> None:
        """Be available again."""
        self.state, self.worker = "available", None

    def fail(self) -> None:
        """Note one error more; the oldest are let go."""
        self.errors = min(self.errors + 1, KEPT_ERRORS)

    def view(self, *, later: bool) -> tuple[object, ...]:
        """Return all of it but the time."""
        state = "scheduled" if later and self.state == "available" else self.state
        lost = self.lost if self.state in UNFINISHED else 0
        counts = (self.attempt, self.retries, self.crashes, lost, self.errors)
        return (self.queue, self.actor, self.priority, self.key, state, *counts, self.worker, self.reason)


@dataclass
class Model:
    """The whole ledger. What a verb returns is what the real one must answer."""

    jobs: dict[int, Job] = field(default_factory=dict)
    workers: dict[UUID, int] = field(default_factory=dict)  # the hour at which each falls silent
    paused: set[str] = field(default_factory=set)
    hours: int = 0
    deeds: int = 0

    def at(self, delay: int = 0) -> Moment:
        """Return the moment so many hours from now; each is later than the one before."""
        self.deeds += 1
        return Moment(self.hours + delay, self.deeds)

    def holder(self, key: str | None) -> int | None:
        """Find the unfinished job that holds a key."""
        held = (number for number, job in self.jobs.items() if job.state in UNFINISHED and job.key == key)
        return None if key is None else next(held, None)

    def unfinished(self) -> int:
        """Count what waits and runs."""
        return sum(job.state in UNFINISHED for job in self.jobs.values())

    def due(self, number: int) -> bool:
        """Tell whether a job waits and its time has come."""
        job = self.jobs.get(number)
        return job is not None and job.state == "available" and job.run_at.hours <= self.hours

    def waiting(self, queue: str, actors: Collection[str]) -> list[int]:
        """List what is due in a queue for some actors, the most urgent first."""
        found = [n for n, job in self.jobs.items() if self.due(n) and job.queue == queue and job.actor in actors]
        return sorted(found, key=self.urgency)

    def urgency(self, number: int) -> tuple[int, Moment]:
        """Return what the order of jobs goes by."""
        return self.jobs[number].priority, self.jobs[number].run_at

    def queues(self) -> set[str]:
        """List the queues in which jobs wait, now or for later, and that are not paused."""
        return {job.queue for job in self.jobs.values() if job.state == "available"} - self.paused

    def claimable(self, worker: UUID, numbers: Iterable[int], actors: Collection[str]) -> list[int]:
        """Of these jobs, list the ones that a claim takes, in their order."""
        if worker not in self.workers:
            return []
        fit = [n for n in dict.fromkeys(numbers) if self.due(n) and self.jobs[n].actor in actors]
        return [number for number in fit if self.jobs[number].queue not in self.paused]

    def claim(self, worker: UUID, numbers: Iterable[int]) -> set[tuple[int, int]]:
        """Let a worker have these jobs, which must be claimable."""
        return {self._claim(worker, number) for number in numbers}

    def held(self, held: Held) -> Job | None:
        """Return the job if this attempt still holds it."""
        job = self.jobs.get(held.id)
        return job if job is not None and (job.state, job.attempt) == ("running", held.attempt) else None

    def end(self, number: int, state: str, reason: str | None = None) -> None:
        """Move a job to the finished ones."""
        self.jobs[number].state, self.jobs[number].reason = state, reason

    def finish(self, attempts: Iterable[Held]) -> set[int]:
        """End the jobs whose attempts still hold them."""
        done = {held.id for held in attempts if self.held(held)}
        for number in done:
            self.end(number, "done")
        return done

    def cancel(self, numbers: Iterable[int], reason: str) -> set[int]:
        """Cancel those of the jobs that are unfinished."""
        gone = {n for n in numbers if n in self.jobs and self.jobs[n].state in UNFINISHED}
        for number in gone:
            self.end(number, "cancelled", reason)
        return gone

    def revivable(self, numbers: Iterable[int]) -> set[int]:
        """Of these jobs, tell the dead and cancelled ones whose key is free."""
        over = {n for n in numbers if n in self.jobs and self.jobs[n].state in {"dead", "cancelled"}}
        return {number for number in over if self.holder(self.jobs[number].key) is None}

    def revive(self, number: int, now: Moment) -> None:
        """Put a job back, due now, with fresh counts; its errors and its fencing number stay."""
        old = self.jobs[number]
        new = Job(old.queue, old.actor, old.priority, now, old.key, attempt=old.attempt, errors=old.errors)
        self.jobs[number] = new

    def silent(self) -> set[UUID]:
        """List the workers whose lease has run out."""
        return {worker for worker, until in self.workers.items() if until <= self.hours}

    def running(self, worker: UUID | None = None) -> set[int]:
        """List the jobs that a worker runs, or anybody."""
        return {n for n, job in self.jobs.items() if job.state == "running" and worker in {None, job.worker}}

    def rescue(
        self,
        gone: Collection[UUID],
        overdue: Collection[int] = (),
        not_charged: Collection[int] = (),
        *,
        died: Collection[UUID] = (),
    ) -> set[int]:
        """Forget these workers, and make available what they ran and what nobody alive runs; returns the jobs.

        What ran in those that `died` counts a crash, what else was abandoned a loss.
        """
        for worker in gone:
            self.workers.pop(worker, None)
        lost = {number for number in self.running() if self.jobs[number].worker not in self.workers}
        for number in lost:
            job = self.jobs[number]
            charged = number not in overdue and number not in not_charged
            job.retries += number in overdue
            job.crashes += charged and job.worker in died
            job.lost += charged and job.worker not in died
            job.stop()
            if number not in not_charged:
                job.fail()
        return lost

    def view(self) -> dict[int, tuple[object, ...]]:
        """Return every job with all that anybody can see of it but its times."""
        return {number: job.view(later=job.run_at.hours > self.hours) for number, job in self.jobs.items()}

    def _claim(self, worker: UUID, number: int) -> tuple[int, int]:
        job = self.jobs[number]
        job.state, job.worker, job.attempt = "running", worker, job.attempt + 1
        return number, job.attempt
