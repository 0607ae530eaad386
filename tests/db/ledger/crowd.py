"""Many hands on the same few jobs at once, each deed in a transaction of its own, and a record of what was heard."""

from __future__ import annotations

import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from random import Random
from typing import TYPE_CHECKING, Any

from bellwork.db import ledger
from tests.db.ledger import ledger_jobs
from tests.db.ledger.hands import act
from tests.db.ledger.linear import Deed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from uuid import UUID

    from bellwork.db.ledger import Claimed, Held

#: How often each verb is tried; what makes jobs free again has to keep up with what takes them.
_OFTEN = {"claim": 12, "claim_next": 6, "finish": 1, "retry": 8, "release": 4, "rescue": 4, "cancel": 2, "revive": 4}


@dataclass
class Crowd:
    """A few jobs, everybody who works at them, and the history of each job."""

    jobs: list[int]
    workers: dict[int, UUID] = field(default_factory=dict)
    gone: set[int] = field(default_factory=set)
    heard: list[Held] = field(default_factory=list)
    history: dict[int, list[Deed]] = field(default_factory=lambda: defaultdict(list))

    def run(self, seed: int, hands: int, deeds: int) -> None:
        """Let so many hands do so many deeds each, chosen by the seed; then ask once more for every job."""
        with ThreadPoolExecutor(hands) as threads:
            for hand in [threads.submit(self._busy, Random(f"{seed} {n}"), deeds) for n in range(hands)]:  # noqa: S311 - a test has to be repeatable
                hand.result()
        self.claim(Random(seed), self.jobs)  # noqa: S311 - as above

    def claim(self, rng: Random, jobs: Sequence[int] | None = None) -> None:
        """Claim some of the jobs, or those given, by id."""
        worker, ids = self._worker(rng), jobs or rng.sample(self.jobs, rng.randint(1, len(self.jobs)))
        asked, claimed = time.monotonic_ns(), act(ledger.claim, self.workers[worker], ids, [ledger_jobs.ACTOR])
        self._note_claims(asked, worker, claimed)
        for job in {*ids} - {one.id for one in claimed}:
            self._note(job, asked, "claim", None, worker=worker)

    def claim_next(self, rng: Random) -> None:
        """Claim up to two jobs from the ledger; nothing can be said of those that were not given."""
        worker = self._worker(rng)
        asked = time.monotonic_ns()
        claimed = act(ledger.claim_next, self.workers[worker], "default", [ledger_jobs.ACTOR], 2)
        self._note_claims(asked, worker, claimed)

    def finish(self, rng: Random) -> None:
        """Finish what two attempts hold, or no longer hold."""
        attempts = sorted({held.id: held for held in self._attempts(rng)}.values())
        asked, done = time.monotonic_ns(), act(ledger.finish, attempts)
        for held in attempts:
            self._note(held.id, asked, "finish", held.id in done, attempt=held.attempt)

    def retry(self, rng: Random) -> None:
        """Put one job back, if it is still held."""
        for held in self._attempts(rng)[:1]:
            asked, heard = time.monotonic_ns(), act(ledger.retry, held, 0, {})
            self._note(held.id, asked, "retry", heard, attempt=held.attempt)

    def release(self, rng: Random) -> None:
        """Hand one job back; no answer tells whether it was still held."""
        for held in self._attempts(rng)[:1]:
            asked, _ = time.monotonic_ns(), act(ledger.release, [held])
            self._note(held.id, asked, "release", None, attempt=held.attempt)

    def rescue(self, rng: Random) -> None:
        """Declare one of the living gone."""
        worker = self._worker(rng)
        self.gone.add(worker)
        asked, lost = time.monotonic_ns(), act(ledger.rescue_dead, [self.workers[worker]], "gone")
        for job in self.jobs:
            self._note(job, asked, "rescue", job in lost, worker=worker)

    def cancel(self, rng: Random) -> None:
        """Cancel one job."""
        self._operate(rng, "cancel", lambda job: act(ledger.cancel, [job], "no use"))

    def revive(self, rng: Random) -> None:
        """Put one job back that may be cancelled."""
        self._operate(rng, "revive", lambda job: act(ledger.retry_finished, [job]))

    def histories(self) -> list[list[Deed]]:
        """Return the history of each job, with an excuse for those who heard nothing because they were not alone."""
        return [[replace(deed, excused=_excused(deed, deeds)) for deed in deeds] for deeds in self.history.values()]

    def _busy(self, rng: Random, deeds: int) -> None:
        for verb in rng.choices(list(_OFTEN), list(_OFTEN.values()), k=deeds):
            getattr(self, verb)(rng)

    def _operate(self, rng: Random, verb: str, deed: Callable[[int], list[int]]) -> None:
        job = rng.choice(self.jobs)
        asked, changed = time.monotonic_ns(), deed(job)
        self._note(job, asked, verb, job in changed)

    def _worker(self, rng: Random) -> int:
        """Choose one of the two youngest of the living; where there are none, let one appear."""
        living = sorted(self.workers.keys() - self.gone)[-2:]
        if len(living) < 2:
            worker = ledger_jobs.appear()
            living.append(number := 1 + len(self.workers))
            self.workers[number] = worker
        return rng.choice(living)

    def _attempts(self, rng: Random) -> list[Held]:
        latest = self.heard[-2 * len(self.jobs) :]
        return rng.sample(latest, min(2, len(latest)))

    def _note_claims(self, asked: int, worker: int, claimed: Sequence[Claimed]) -> None:
        for one in claimed:
            self._note(one.id, asked, "claim", one.attempt, worker=worker)
            self.heard.append(one.held)

    def _note(self, job: int, asked: int, verb: str, heard: int | bool | None, **facts: Any) -> None:
        deed = Deed(asked, time.monotonic_ns(), verb, heard, **facts, gone=frozenset(self.gone))
        self.history[job].append(deed)


def _excused(deed: Deed, deeds: Sequence[Deed]) -> bool:
    together = any(
        other is not deed and other.asked <= deed.answered and deed.asked <= other.answered for other in deeds
    )
    return together or (deed.verb == "claim" and deed.worker in deed.gone)
