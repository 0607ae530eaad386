"""What this process has claimed of a queue and not ended yet: what the books show beside that, nobody here runs."""

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
    """The attempts of one queue that run or are about to, and whether some may have been lost on their way here."""

    def __init__(self, broker: Engine) -> None:
        self.broker = broker
        self.known: dict[int, Attempt] = {}
        #: Jobs may stand in the books as running here that nobody here knows of: the next look is into the books.
        self.astray = False
        self._changing = Lock()

    def takes(self, actor: str) -> bool:
        """Tell whether a job of this actor may be continued here inline."""
        return actor in self.broker.actors and self.broker.worker is not None and not self.broker.capacity.closed

    def expect(self, claimed: Iterable[Claimed], inline_until: float | None = None) -> list[Attempt]:
        """Know of jobs that were claimed, or are about to be by a commit: a look into the books hands back all others.

        They begin a chain of their own, unless `inline_until` says how long the chain may go on that they belong to.
        """
        attempts = [Attempt(job, holder=self) for job in claimed]
        if inline_until is not None:
            for attempt in attempts:
                attempt.inline_until = inline_until
        with self._changing:
            self.known.update((attempt.id, attempt) for attempt in attempts)
        return attempts

    def admit(self, attempts: Iterable[Attempt]) -> list[Attempt]:
        """Let claimed attempts in; what cannot be run here waits for other workers or is buried, unrun."""
        fit = []
        for attempt in attempts:
            if is_fit(self.broker, attempt):
                fit.append(attempt)
            else:
                self.forget([attempt])
        return fit

    def holds(self, held: Held) -> bool:
        """Tell whether this attempt is known here; another attempt of the same job is another matter."""
        known = self.known.get(held.id)
        return known is not None and known.held == held

    def forget(self, attempts: Iterable[Attempt]) -> None:
        """Let go of attempts that have ended, or never began; a newer attempt of the same job stays known."""
        with self._changing:
            for attempt in attempts:
                if self.holds(attempt.held):
                    del self.known[attempt.id]

    def may_have_lost_some(self) -> bool:
        """Tell whether the next look has to be into the books; asked for the look that is about to begin."""
        astray = self.astray
        if astray:
            # What another thread loses after this is found by the look, or says so once more.
            self.astray = False
        return astray

    def lose(self, attempts: Iterable[Attempt]) -> None:
        """Let go of attempts that may stand in the books as ours all the same: the next look finds them there."""
        self.forget(attempts)
        self.astray = True
