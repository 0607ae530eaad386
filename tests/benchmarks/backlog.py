"""Whether a long history or an old snapshot slows the ledger down: what it drains, and what a claim takes.

A queue in PostgreSQL dies of rows that are dead and may not be removed: whoever holds an old snapshot keeps every
version that jobs left behind, and whatever searches among the jobs walks over all of them.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from typing import TYPE_CHECKING

import psycopg

from tests.benchmarks import bellwork, claims, laid_out
from tests.benchmarks.history import History
from tests.benchmarks.measure import interleaved, percentile, ratio, say, spread
from tests.benchmarks.section import Section

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from tests.benchmarks.arena import Arena
    from tests.benchmarks.bellwork import Bellwork
    from tests.benchmarks.fleet import Fleet
    from tests.benchmarks.section import Plan

HEADING = "A long history, and a snapshot that somebody holds"
_COLUMNS = ["", "jobs/s", "times", "CPU µs a job", "times", "claim by id ms", "times", "from the ledger ms", "times"]
_DIGITS = (0, 0, 2, 2)
_EMPTY, _SNAPSHOT = "an empty history", "a snapshot held"


_NOTE = (
    "A backlog is worked off on a table of jobs that begins empty, then single jobs of the same queue are "
    "claimed. The due set is topped up as often as a scheduler does. The finished jobs are all in today's "
    "partition. The snapshot is one of REPEATABLE READ, held for the length of a run."
)
_OF_CHURN = (
    "In a lane's last row the snapshot is held for {seconds} s, in which both lanes in turn work off backlogs as "
    "fast as they go, all on the same table of jobs, whose statistics are taken while it is empty; the figures "
    "are those of the lane's last runs."
)


@dataclass(frozen=True)
class Run:
    """A backlog worked off, and what claims took at its end."""

    drained: laid_out.Drained
    claims: claims.Claims

    def figures(self) -> list[float]:
        """Jobs a second, CPU a job, and the middle claims."""
        taken = (self.claims.by_id, self.claims.from_books)
        return [self.drained.rate, self.drained.cpu, *(percentile(each, 0.5) for each in taken)]


def measure(arena: Arena, plan: Plan) -> Section:
    """Measure w7: the same backlog on an empty history, on a long one, and under a snapshot."""
    arena.empty()
    count, churn = plan.pick(quick=1_000_000, full=10_000_000), plan.pick(quick=0, full=600)
    say(f"laying out {count:,} finished jobs")
    history = History(arena.conn, count)
    lanes = bellwork.lanes(arena)[: plan.pick(quick=1, full=2)]
    found: dict[str, dict[str, list[Run]]] = {}
    with bellwork.fleet(arena, [lane.queue for lane in lanes]) as fleet:
        runs = {lane.name: _runner(arena, fleet, lane, plan) for lane in lanes}
        for name, run in runs.items():
            say(f"{name}: with and without history, with and without a snapshot")
            found[name] = interleaved(_conditions(run, history, count, arena.database_url), plan.rounds)
        for name, last in _held(runs, arena.database_url, churn).items():
            found[name][f"{_SNAPSHOT} for {churn // 60} minutes"] = last
    history.drop()
    return _section(found, churn)


def _runner(arena: Arena, fleet: Fleet, lane: Bellwork, plan: Plan) -> Callable[..., Run]:
    return partial(_run, arena, fleet, lane, int(lane.pace["nothing"] * plan.seconds))


def _conditions(run: Callable[[], Run], history: History, count: int, url: str) -> dict[str, Callable[[], Run]]:
    return {
        _EMPTY: run,
        f"{count:,} finished jobs": partial(_under, history.put_in, run),
        _SNAPSHOT: partial(_under, partial(_snapshot, url), run),
    }


def _under(condition: Callable[[], AbstractContextManager[None]], run: Callable[[], Run]) -> Run:
    with condition():
        return run()


def _held(runs: dict[str, Callable[..., Run]], url: str, seconds: int) -> dict[str, list[Run]]:
    """Hold one snapshot while all lanes in turn work backlogs off for so long; returns all of their runs."""
    if not seconds:
        return {}
    say(f"holding a snapshot for {seconds} s")
    found: dict[str, list[Run]] = {name: [] for name in runs}
    until = time.monotonic() + seconds
    with _snapshot(url):
        while time.monotonic() < until:
            for name, run in runs.items():
                found[name].append(run(fresh=False))
    return found


def _run(arena: Arena, fleet: Fleet, lane: Bellwork, count: int, *, fresh: bool = True) -> Run:
    """Work a backlog off on a table of jobs that begins empty, or as it was left."""
    if not fresh:
        # Autovacuum does it every minute, and sooner or later while nothing waits: then the planner expects one row.
        arena.conn.execute(b"ANALYZE bellwork.jobs")
    laid_out.lay(arena, lane, count, fresh=fresh)
    drained = laid_out.work_off(arena, fleet, lane, count)
    laid_out.resume(lane)
    return Run(drained, claims.probe(lane.queue))


@contextmanager
def _snapshot(url: str) -> Iterator[None]:
    """Hold a snapshot, as a report or a dump does that nobody ends."""
    with psycopg.connect(url) as conn:
        conn.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        conn.execute(b"SELECT")
        yield


def _row(name: str, runs: list[Run], base: list[Run]) -> list[str]:
    """Write the last runs of each, as many as there are of both, beside those on the empty history."""
    found, beside = (list(zip(*(run.figures() for run in each[-len(base) :]), strict=True)) for each in (runs, base))
    cells = [
        [spread(list(values), digits), ratio(list(values), list(other))]
        for values, other, digits in zip(found, beside, _DIGITS, strict=True)
    ]
    return [name, *(cell for pair in cells for cell in pair)]


def _section(found: dict[str, dict[str, list[Run]]], churn: int) -> Section:
    everything = [(lane, name, runs) for lane, rounds in found.items() for name, runs in rounds.items()]
    table = [_row(f"{lane}, {name}", runs, found[lane][_EMPTY]) for lane, name, runs in everything]
    values = {f"{lane}, {name}": [asdict(run) for run in runs] for lane, name, runs in everything}
    return Section(
        "w7", HEADING, _COLUMNS, table, [_NOTE, _OF_CHURN.format(seconds=churn)][: 2 if churn else 1], values
    )
