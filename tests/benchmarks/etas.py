"""The section of how far off `job_eta` is under steady load and behind a burst, and what it costs before a backlog."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass, field
from random import Random
from typing import TYPE_CHECKING, Any, TypeAlias

import psycopg

import bellwork
from tests.benchmarks import bellwork as contestant
from tests.benchmarks.callers import paced, running_scheduler
from tests.benchmarks.fleet import PROCESSES, THREADS
from tests.benchmarks.measure import percentile, say, wait_until
from tests.benchmarks.section import Section

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.benchmarks.arena import Arena
    from tests.benchmarks.section import Plan

HEADING = "When a job will be done, as `job_eta` tells, and when it was"
_COLUMNS = ["", "answers", "error p50 %", "error p90 %", "within the range %", "seconds, p50", "ms an answer, p50"]
_NOTE = (
    "Three of four jobs sleep 1 s in the middle, one 4 s, each a quarter longer or shorter (lognormal, sigma 0.25),"
    " on 16 threads and one scheduler. Each job is asked about right after its COMMIT, and one that is not finished yet"
    " beside it. The error is that of the seconds left, relative to what they were; the range is meant for 80 %."
)
#: Kinds with the middle of their seconds; the slow one is drawn once in four times.
_KINDS = (("bench.draft", 1.0), ("bench.draft", 1.0), ("bench.draft", 1.0), ("bench.lesson", 4.0))
_THREADS = PROCESSES * THREADS
_CAPACITY = _THREADS / (sum(seconds for _, seconds in _KINDS) / len(_KINDS))
#: Waiting jobs before the one that is asked about.
BACKLOG = 50_000
_FILL = b"""
INSERT INTO bellwork.jobs (queue, actor, args, run_at)
SELECT 'bench_asked', 'bench.draft', '{"seconds": 0.2}', now() - interval '1 hour' + n * interval '1 ms'
FROM generate_series(1, %s) n
"""

_Answer: TypeAlias = "tuple[float, bellwork.Eta]"


@dataclass
class Told:
    """What was told of jobs, when, and how long the answer took; and when the jobs were finished."""

    errors: list[float] = field(default_factory=list)
    hits: list[bool] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    ms: list[float] = field(default_factory=list)


def measure(arena: Arena, plan: Plan) -> Section:
    """Measure steady loads, then a burst, then the answer before a backlog."""
    arena.empty()
    # Among jobs of one millisecond, ids of fewer digits come later.
    arena.conn.execute("ALTER TABLE bellwork.jobs ALTER COLUMN id RESTART WITH 1000000")
    seconds = plan.pick(quick=25, full=60)
    with contestant.fleet(arena, [arena.ours.LONG]), running_scheduler(arena), _connected(arena) as conn:
        say("etas: warming up")
        _told(conn, 8, 0.4 * _CAPACITY)
        found: dict[str, Told] = {}
        for share in (0.5, 0.9):
            say(f"etas: {share:.0%} busy")
            found |= _named(f"{share:.0%} of the threads busy", *_told(conn, seconds, share * _CAPACITY))
        say("etas: a burst")
        found |= _named("a burst of 100 jobs, on top of half", *_told(conn, seconds, 0.5 * _CAPACITY, burst=100))
    arena.empty()
    with _connected(arena) as conn:
        say("etas: a backlog")
        found[f"{BACKLOG:,} jobs wait (the answer alone)"] = _backlog(conn)
    return _section(found)


def _connected(arena: Arena) -> psycopg.Connection[Any]:
    return psycopg.connect(arena.database_url, autocommit=True)


def _named(name: str, new: Told, meanwhile: Told) -> dict[str, Told]:
    return {f"{name}, a new job": new, f"{name}, an unfinished one": meanwhile}


def _told(conn: psycopg.Connection[Any], seconds: float, rate: float, burst: int = 0) -> tuple[Told, Told]:
    """Enqueue so many jobs a second, ask about each and about another one; wait until all are done."""
    told = Told(), Told()
    answers: tuple[list[_Answer], list[_Answer]] = [], []
    dice = Random(7)  # noqa: S311 - the same again
    ids = [job.id for job in bellwork.enqueue_many(conn, [_job(dice) for _ in range(burst)])]
    for _ in paced(range(int(seconds * rate)), rate):
        new = _job(dice)
        ids.append(bellwork.enqueue(conn, new.actor, new.args).id)
        for place, asked in enumerate((ids[-1], ids[max(0, len(ids) - 1 - dice.randrange(burst or 30))])):
            began = time.perf_counter()
            eta = bellwork.job_eta(conn, asked)
            told[place].ms.append(1000 * (time.perf_counter() - began))
            if eta and eta.seconds is not None:
                answers[place].append((time.time(), eta))
    wait_until(lambda: not _unfinished(conn, ids), lambda: "a job of the benchmark never ran")
    finished = _finished(conn, ids)
    for each, of_each in zip(told, answers, strict=True):
        _compare(each, of_each, finished)
    return told


def _compare(told: Told, answers: Iterable[_Answer], finished: dict[int, float]) -> None:
    for at, eta in answers:
        left = finished[eta.id] - at
        if left < 0.01:  # it was being recorded as the question came
            continue
        assert eta.seconds is not None
        assert eta.low is not None
        assert eta.high is not None
        told.errors.append(100 * abs(eta.seconds - left) / left)
        told.hits.append(eta.low <= left <= eta.high)
        told.seconds.append(left)


def _backlog(conn: psycopg.Connection[Any]) -> Told:
    """Ask about the last of many, of which none runs; what it costs is known, and how far off the place is."""
    told = Told()
    conn.execute(_FILL, (BACKLOG,))
    conn.execute("ANALYZE bellwork.jobs")
    last = conn.execute("SELECT max(id) FROM bellwork.jobs").fetchone() or (0,)
    for _ in range(50):
        began = time.perf_counter()
        eta = bellwork.job_eta(conn, last[0])
        told.ms.append(1000 * (time.perf_counter() - began))
        assert eta
        assert eta.ahead
        told.errors.append(100 * abs(eta.ahead - BACKLOG) / BACKLOG)
    return told


def _job(dice: Random) -> bellwork.NewJob:
    actor, middle = dice.choice(_KINDS)
    return bellwork.NewJob(actor, {"seconds": dice.lognormvariate(0, 0.25) * middle})


def _unfinished(conn: psycopg.Connection[Any], ids: list[int]) -> bool:
    return bool(conn.execute("SELECT 1 FROM bellwork.jobs WHERE id = ANY(%s) LIMIT 1", (ids,)).fetchone())


def _finished(conn: psycopg.Connection[Any], ids: list[int]) -> dict[int, float]:
    rows = conn.execute(
        "SELECT id, extract(epoch FROM finished_at)::float8 FROM bellwork.finished_jobs WHERE id = ANY(%s)", (ids,)
    )
    return dict(rows.fetchall())


def _section(found: dict[str, Told]) -> Section:
    rows = [
        [
            name,
            str(len(each.errors)),
            f"{percentile(each.errors, 0.5):,.0f}",
            f"{percentile(each.errors, 0.9):,.0f}",
            f"{100 * sum(each.hits) / len(each.hits):.0f}" if each.hits else "-",
            f"{percentile(each.seconds, 0.5):.2f}" if each.seconds else "-",
            f"{percentile(each.ms, 0.5):.2f}",
        ]
        for name, each in found.items()
    ]
    more = (
        "Of the backlog, of which nothing runs, the error is that of how many are ahead: above 1,000 that is estimated."
    )
    return Section("etas", HEADING, _COLUMNS, rows, [_NOTE, more], {name: asdict(each) for name, each in found.items()})
