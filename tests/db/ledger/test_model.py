"""The ledger is what a page of plain Python says it is: whatever is done to it, in whatever order."""

from __future__ import annotations

from functools import partial

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule, run_state_machine_as_test

from bellwork.db import ledger
from tests.db.ledger import hands
from tests.db.ledger.hands import act
from tests.db.ledger.machine import HOUR, leases, one, queues, some
from tests.db.ledger.machine_ends import EndMachine

SHORT = settings(
    max_examples=120,
    stateful_step_count=50,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
LONG = settings(SHORT, max_examples=2_000, stateful_step_count=100, derandomize=False)


class LedgerMachine(EndMachine):
    """Beside a job's life: silence and rescue, operators, and time."""

    @rule(numbers=some, lease=leases)
    def beat(self, numbers: list[int], lease: int) -> None:
        """A sign of life renews the lease of those that are still known, and of no other."""
        who = [self.worker(number) for number in numbers]
        alive = set(who) & self.model.workers.keys()

        assert alive == act(ledger.beat, who, lease * HOUR)
        self.model.workers |= dict.fromkeys(alive, self.model.hours + lease)

    @precondition(lambda self: bool(self.model.running()))
    @rule(number=one)
    def fall_silent(self, number: int) -> None:
        """A lease runs out; until somebody looks, nothing else happens."""
        worker = self.worker(number)
        hands.strike_dumb(worker)
        if worker in self.model.workers:
            self.model.workers[worker] = self.model.hours

    @precondition(lambda self: bool(self.model.running()))
    @rule(number=one)
    def leave(self, number: int) -> None:
        """A clean stop hands everything back, uncounted."""
        worker = self.worker(number)
        act(ledger.deregister, worker)
        for job in self.model.running(worker):
            self.model.jobs[job].stop()
        self.model.workers.pop(worker, None)

    @precondition(lambda self: bool(self.model.running()))
    @rule()
    def rescue_expired(self) -> None:
        """What silent workers ran is available, with a loss each; what others run is left alone."""
        silent = self.model.silent()
        assert self.model.rescue(silent) == set(act(ledger.rescue_expired))

    @precondition(lambda self: bool(self.model.running()))
    @rule(number=one, charged=st.booleans())
    def rescue_dead(self, number: int, charged: bool) -> None:
        """What a dead worker ran is available, with a crash each, or where its heartbeat is gone as well, a loss."""
        worker = self.worker(number)
        rescued = act(partial(ledger.rescue_dead, charged=charged), [worker], "gone")
        assert self.model.rescue({worker}, died={worker} if charged else ()) == set(rescued)

    @precondition(lambda self: bool(self.model.running()))
    @rule(number=one, given=some)
    def rescue_killed(self, number: int, given: list[int]) -> None:
        """After a kill the overdue count a retry, the others nothing."""
        worker, overdue = self.worker(number), self.jobs(given)
        not_charged = self.model.running(worker) - set(overdue)
        heard = act(ledger.rescue_killed, worker, overdue)

        assert self.model.rescue({worker}, overdue, not_charged) == set(heard)

    @precondition(lambda self: bool(self.model.running()))
    @rule(number=one, queue=queues)
    def hold(self, number: int, queue: str) -> None:
        """What a worker holds of a queue is listed, each with its fencing number."""
        worker = self.worker(number)
        running = {job for job in self.model.running(worker) if self.model.jobs[job].queue == queue}
        held = act(ledger.held_by, worker, queue)

        assert {(job, self.model.jobs[job].attempt) for job in running} == {(each.id, each.attempt) for each in held}

    @precondition(lambda self: bool(self.model.unfinished()))
    @rule(given=some, reason=st.sampled_from(["no use", "not wanted"]))
    def cancel(self, given: list[int], reason: str) -> None:
        """What is unfinished is cancelled, running or not; nothing else changes."""
        ids = self.jobs(given)
        assert self.model.cancel(ids, reason) == set(act(ledger.cancel, ids, reason))

    @precondition(lambda self: bool(self.model.revivable(self.model.jobs)))
    @rule(given=some | st.none())
    def retry_finished(self, given: list[int] | None) -> None:
        """The dead and cancelled go back, of each key one at most; which one is left open."""
        ids = [*self.model.jobs] if given is None else self.jobs(given)
        fit = self.model.revivable(ids)
        went = act(ledger.retry_finished, ids)
        keys = [[self.model.jobs[job].key for job in jobs] for jobs in (fit, went)]

        assert set(went) <= fit
        assert keys[0].count(None) == keys[1].count(None)
        assert sorted({key for key in keys[0] if key}) == sorted(key for key in keys[1] if key)
        now = self.model.at()
        for job in went:
            self.model.revive(job, now)

    @rule(queue=queues)
    def pause(self, queue: str) -> None:
        """A queue is paused, once or again."""
        act(ledger.pause, queue, "somebody", "for a reason")
        self.model.paused.add(queue)

    @precondition(lambda self: bool(self.model.paused))
    @rule(queue=queues)
    def resume(self, queue: str) -> None:
        """A queue goes on; whether it was paused is told."""
        assert (queue in self.model.paused) == act(ledger.resume, queue, "somebody", "it may go on")
        self.model.paused.discard(queue)

    @rule(hours=st.integers(1, 2))
    def advance(self, hours: int) -> None:
        """Hours pass: what was delayed becomes due, and leases run out."""
        hands.let_pass(hours)
        self.model.hours += hours


@pytest.mark.usefixtures("database")
def test_a_hundred_and_twenty_lives_of_the_ledger_equal_the_model() -> None:
    """120 series of up to 50 deeds, the same at every run."""
    run_state_machine_as_test(LedgerMachine, settings=SHORT)


@pytest.mark.soak
@pytest.mark.timeout(3_600)
@pytest.mark.usefixtures("database")
def test_two_thousand_lives_of_the_ledger_equal_the_model() -> None:
    """2,000 series of up to 100 deeds, others at every run; they take ten minutes."""
    run_state_machine_as_test(LedgerMachine, settings=LONG)
