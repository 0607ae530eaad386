"""Jobs come and are claimed, on PostgreSQL and on the model, and after each deed the whole ledger equals the model."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from bellwork.db import ledger
from bellwork.db.ledger import NewJob, Worker
from bellwork.db.ledger.invariants import violations
from tests.db.ledger import callers, hands
from tests.db.ledger.hands import act
from tests.db.ledger.model import Job, Model

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from bellwork.db.ledger import Claimed, Held

HOUR = 3_600
ACTORS = ("t.one", "t.two")
#: So many jobs wait and run, and so many workers live, at the same time: enough to get into each other's way.
MOST = 5
#: A worker that nobody knows any more.
GONE = UUID(int=0)

#: Any number stands for one of those that are there: a worker, a job, an attempt that somebody once heard of.
one = st.integers(0, 9)
some = st.lists(one, max_size=4)
delays, leases, limits = st.sampled_from([0, 0, 0, 1, 2]), st.integers(1, 3), st.sampled_from([1, 2, 3, 0])
queues, priorities, keys = st.sampled_from(["default", "other"]), st.integers(-1, 1), st.sampled_from([None, "a", "b"])
actors, known = st.sampled_from(ACTORS), st.sampled_from([ACTORS, ACTORS, ACTORS[:1]])


class ClaimMachine(RuleBasedStateMachine):
    """The first half of a job's life."""

    def __init__(self) -> None:
        super().__init__()
        hands.empty()
        self.model = Model()
        self.heard: list[Held] = []

    def worker(self, number: int) -> UUID:
        """Choose one of the workers, or the one that is gone."""
        everyone = [*self.model.workers, GONE]
        return everyone[number % len(everyone)]

    def jobs(self, numbers: Sequence[int]) -> list[int]:
        """Choose from the jobs that were ever there, the newest first, and one that never was."""
        ids = [*reversed(self.model.jobs), 0]
        return [ids[number % len(ids)] for number in numbers]

    @initialize()
    def begin(self) -> None:
        """Two workers are there, and two jobs."""
        self.appear(1)
        self.appear(3)
        self.enqueue("default", ACTORS[0], 0, 0, None)
        self.enqueue("other", ACTORS[1], 0, 0, "a")

    @precondition(lambda self: len(self.model.workers) < MOST)
    @rule(lease=leases)
    def appear(self, lease: int) -> None:
        """A worker registers."""
        worker = Worker(uuid4(), "here", 1, 1, [], dict.fromkeys(ACTORS))
        act(ledger.register_worker, worker, lease * HOUR)
        self.model.workers[worker.id] = self.model.hours + lease

    @precondition(lambda self: self.model.unfinished() < MOST)
    @rule(queue=queues, actor=actors, priority=priorities, delay=delays, key=keys)
    def enqueue(self, queue: str, actor: str, priority: int, delay: int, key: str | None) -> None:
        """A job whose key is free is new, and told if it is due; any other is left out."""
        told = act(ledger.enqueue, [NewJob(actor, {}, queue, priority, delay * HOUR, unique_key=key)])
        new = self._new(Job(queue, actor, priority, self.model.at(delay), key))

        assert [due.id for due in told] == ([] if delay else new)

    @precondition(lambda self: self.model.unfinished() < MOST)
    @rule(actor=actors, key=keys)
    def enqueue_in_sql(self, actor: str, key: str | None) -> None:
        """The function answers with the id of the new job, or of the one that holds the key."""
        holder = self.model.holder(key)
        told = act(lambda conn: callers.enqueue(conn, actor=actor, key=key))
        new = self._new(Job("default", actor, 0, self.model.at(), key))

        assert told == (holder or new[0])

    @precondition(lambda self: self.model.unfinished() < MOST)
    @rule(number=one, key=keys)
    def enqueue_and_claim(self, number: int, key: str | None) -> None:
        """A job may be claimed at its birth, whatever is paused; for a worker that is gone it waits for the rescue."""
        worker, job = self.worker(number), NewJob(ACTORS[0], {}, "default", 0, unique_key=key)
        due, claimed = act(ledger.enqueue_and_claim, [job], [job], worker)
        new = self._new(Job("default", ACTORS[0], 0, self.model.at(), key))

        assert [] == due
        self._claimed(worker, new, claimed)

    @precondition(lambda self: any(map(self.model.due, self.model.jobs)))
    @rule(number=one, given=some | st.none(), known=known)
    def claim(self, number: int, given: list[int] | None, known: Collection[str]) -> None:
        """Of the ids given, or of all, what is available, due, unpaused and known is claimed, and nothing twice."""
        worker, ids = self.worker(number), [*self.model.jobs] if given is None else self.jobs(given)
        expected = self.model.claimable(worker, ids, known)
        self._claimed(worker, expected, act(ledger.claim, worker, ids, known))

    @precondition(lambda self: any(map(self.model.due, self.model.jobs)))
    @rule(number=one, queue=queues, known=known, limit=limits)
    def claim_next(self, number: int, queue: str, known: Collection[str], limit: int) -> None:
        """The most urgent are claimed; which of two equally urgent ones is left open."""
        worker, urgency = self.worker(number), self.model.urgency
        fit = self.model.claimable(worker, self.model.waiting(queue, known), known)
        claimed = act(ledger.claim_next, worker, queue, known, limit)
        taken = sorted((job.id for job in claimed), key=urgency)

        assert set(taken) <= set(fit)
        assert list(map(urgency, fit[:limit])) == list(map(urgency, taken))
        self._claimed(worker, taken, claimed)

    @invariant()
    def the_ledger_equals_the_model(self) -> None:
        """Every job, finished or not, and every worker."""
        silent = self.model.silent()
        assert self.model.view() == hands.read_jobs()
        assert {worker: worker in silent for worker in self.model.workers} == hands.read_workers()

    @invariant()
    def what_is_due_is_told_in_its_order(self) -> None:
        """What the due sets are topped up with is the most urgent that is due."""
        urgent = self.model.waiting("default", ACTORS)
        told = [due.id for due in act(ledger.due, "default", ACTORS, 2)]

        assert set(told) <= set(urgent)
        assert list(map(self.model.urgency, urgent[:2])) == list(map(self.model.urgency, told))
        assert self.model.queues() == set(act(ledger.waiting_queues))

    def teardown(self) -> None:
        """Whatever happened, after the next rescue no invariant is broken."""
        act(ledger.rescue_expired)

        assert [] == act(violations)

    def _new(self, job: Job) -> list[int]:
        """Give the model the job that it does not know yet; there is none where the key is held."""
        new = sorted(hands.read_jobs().keys() - self.model.jobs.keys())
        assert len(new) == (self.model.holder(job.key) is None)
        self.model.jobs |= dict.fromkeys(new, job)
        return new

    def _claimed(self, worker: UUID, expected: Collection[int], claimed: Sequence[Claimed]) -> None:
        assert {(job.id, job.attempt) for job in claimed} == self.model.claim(worker, expected)
        for told in claimed:
            job = self.model.jobs[told.id]
            assert (job.queue, job.actor, job.retries) == (told.queue, told.actor, told.retries)
        self.heard += sorted(job.held for job in claimed)
