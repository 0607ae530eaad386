"""What this process has claimed of a queue and not ended: what the ledger shows as its own beside that runs nowhere."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

from bellwork.workers.attempt import Attempt
from bellwork.workers.fitness import is_fit

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bellwork.db.ledger import Claimed, Held
    from bellwork.workers.engine import Engine


class InFlight:
    """The attempts of one queue that run or are about to, and whether claims of it are unconfirmed."""

    def __init__(self, broker: Engine) -> None:
        self.broker = broker
        self.attempts: dict[int, Attempt] = {}
        #: The answer to a claim may be lost: the next claim polls the ledger, and releases what is not in flight here.
        self.unconfirmed = False
        self._changing = Lock()

    def takes(self, actor: str) -> bool:
        """Tell whether a job of this actor may be continued here inline."""
        return actor in self.broker.actors and self.broker.worker is not None and not self.broker.capacity.closed

    def expect(self, claimed: Iterable[Claimed], inline_until: float | None = None) -> list[Attempt]:
        """Note jobs as in flight that were claimed, or are about to be by a commit: a poll releases all others.

        They begin a chain of their own, unless `inline_until` says how long the chain may go on that they belong to.
        """
        attempts = [Attempt(job, holder=self) for job in claimed]
        if inline_until is not None:
            for attempt in attempts:
                attempt.inline_until = inline_until
        with self._changing:
            self.attempts.update((attempt.id, attempt) for attempt in attempts)
        return attempts

    def admit(self, attempts: Iterable[Attempt]) -> list[Attempt]:
        """Return the attempts that can be run here; the others wait for other workers or are marked dead, unrun."""
        fit = []
        for attempt in attempts:
            if is_fit(self.broker, attempt):
                fit.append(attempt)
            else:
                self.forget([attempt])
        return fit

    def holds(self, held: Held) -> bool:
        """Tell whether this very attempt is in flight here; another one of the same job does not count."""
        found = self.attempts.get(held.id)
        return found is not None and found.held == held

    def forget(self, attempts: Iterable[Attempt]) -> None:
        """Forget attempts that ended or never began; a newer attempt of the same job stays in flight."""
        with self._changing:
            for attempt in attempts:
                if self.holds(attempt.held):
                    del self.attempts[attempt.id]

    def take_unconfirmed(self) -> bool:
        """Tell whether claims were unconfirmed, for the claim that is about to begin, and begin anew."""
        found = self.unconfirmed
        if found:
            # What another thread leaves unconfirmed after this is found by that poll, or sets the flag again.
            self.unconfirmed = False
        return found

    def forget_unconfirmed(self, attempts: Iterable[Attempt]) -> None:
        """Forget attempts that the ledger may show as claimed here all the same: the next poll releases them."""
        self.forget(attempts)
        self.unconfirmed = True
