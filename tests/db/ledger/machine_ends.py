"""How an attempt at a job ends: for whoever still holds it in one of five ways, for everybody else in none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis.stateful import precondition, rule

from bellwork.db import ledger
from bellwork.db.ledger import LostLease
from tests.db.ledger import hands
from tests.db.ledger.hands import act
from tests.db.ledger.machine import HOUR, ClaimMachine, delays, one, some

if TYPE_CHECKING:
    from bellwork.db.ledger import Held
    from tests.db.ledger.model import Job

ERROR = {"error": "as it is kept"}


class EndMachine(ClaimMachine):
    """The second half of a job's life. An attempt may be an old one: a zombie that comes back."""

    def attempt(self, number: int) -> Held:
        """Choose from all attempts that there ever were, the latest first."""
        return self.heard[-1 - number % len(self.heard)]

    @precondition(lambda self: bool(self.heard))
    @rule(numbers=some)
    def finish(self, numbers: list[int]) -> None:
        """What is still held is done, the rest of the batch changes nothing."""
        attempts = [self.attempt(number) for number in numbers]

        assert act(ledger.finish, attempts) == self.model.finish(attempts)

    @precondition(lambda self: bool(self.heard))
    @rule(number=one)
    def finish_first(self, number: int) -> None:
        """The function that begins a job's own transaction answers whether it is held."""
        held = self.attempt(number)
        heard = hands.ask("SELECT bellwork.finish(:id, :attempt, :since)", **held._asdict())

        assert heard == bool(self.model.finish([held]))

    @precondition(lambda self: bool(self.heard))
    @rule(number=one)
    def mark_dead(self, number: int) -> None:
        """A job is dead with its reason and its error; a zombie is told that it has lost its lease."""
        held = self.attempt(number)
        if job := self.model.held(held):
            act(ledger.mark_dead, held, "no use", ERROR)
            job.fail()
            self.model.end(held.id, "dead", "no use")
        else:
            with pytest.raises(LostLease):
                act(ledger.mark_dead, held, "no use", ERROR)

    @precondition(lambda self: bool(self.heard))
    @rule(number=one, delay=delays)
    def retry(self, number: int, delay: int) -> None:
        """A failure counts a retry and keeps its error."""
        held = self.attempt(number)
        job = self._back(held, delay, heard=act(ledger.retry, held, delay * HOUR, ERROR))
        if job is not None:
            job.retries += 1
            job.fail()

    @precondition(lambda self: bool(self.heard))
    @rule(number=one, delay=delays)
    def snooze(self, number: int, delay: int) -> None:
        """A snooze counts nothing."""
        held = self.attempt(number)
        self._back(held, delay, heard=act(ledger.snooze, held, delay * HOUR))

    @precondition(lambda self: bool(self.heard))
    @rule(numbers=some, delay=delays)
    def release(self, numbers: list[int], delay: int) -> None:
        """What is handed back counts nothing, and does not become due earlier than it was."""
        attempts = [self.attempt(number) for number in numbers]
        act(ledger.release, attempts, delay * HOUR)
        now = self.model.at(delay)
        for job in filter(None, map(self.model.held, attempts)):
            job.stop()
            job.run_at = max(job.run_at, now)

    def _back(self, held: Held, delay: int, *, heard: bool) -> Job | None:
        job = self.model.held(held)
        assert heard == (job is not None)
        if job is not None:
            job.stop()
            job.run_at = self.model.at(delay)
        return job
