"""Churn predictions and interventions of all tutors by two statements, beside the same ones tutor by tutor."""

from __future__ import annotations

import sys
import time
from contextlib import redirect_stdout
from statistics import median
from typing import TYPE_CHECKING

from sqlalchemy import text

from bellwork.db import engine
from bellwork.db.engine import transaction
from bellwork.db.tutoring.churn import predict
from bellwork.db.tutoring.interventions import propose
from bellwork.db.tutoring.samples import sample
from bellwork.tasks.tutoring.nightly import recompute_all
from bellwork.workers.testing import run_inline
from tests.benchmarks import apart
from tests.benchmarks.measure import interleaved, say, spread
from tests.benchmarks.section import Section

if TYPE_CHECKING:
    from tests.benchmarks.arena import Arena
    from tests.benchmarks.section import Plan

HEADING = "Churn and interventions of all tutors"
_NOTE = (
    "On {tutors} tutors whose metrics stand, each way predicts every tutor, has the twelve rules look at that, and "
    "commits: all of them by two statements, or each by the same two statements in a transaction of its own, over "
    "one connection and with prepared statements, as one job a tutor would (without the jobs themselves). Most "
    "interventions are begun before the measuring, as on an ordinary night."
)
_COLUMNS = ["", "tutors", "ms", "times as fast as the loop"]


def measure(arena: Arena, plan: Plan) -> Section:
    """Measure a night's predictions and rules at the document's 450 tutors."""
    tutors, rounds = (20, 2) if plan.quick else (450, plan.rounds)
    there = apart.Ground(arena.database_url, "", has_partman=False)
    with apart.database(there), redirect_stdout(sys.stderr):
        apart.migrated()
        engine.forget()
        say(f"laying out {tutors} tutors")
        with transaction() as conn:
            conn.execute(text("SET LOCAL statement_timeout = 0"))
            sample(conn, tutors=tutors, days=90, seed=1)
        run_inline(recompute_all)
        _analyze()
        _all("begin")
        _analyze()
        everybody = _tutors()
        number = iter(range(1_000))
        ways = {
            "Bellwork, all by two statements": lambda: _timed_all(f"all {next(number)}"),
            "a loop over tutors": lambda: _timed_loop(f"loop {next(number)}", everybody),
        }
        found = {name: [1000 * each for each in all_] for name, all_ in interleaved(ways, rounds).items()}
    loop = median(found["a loop over tutors"])
    rows = [[name, f"{len(everybody):,}", spread(ms), f"{loop / median(ms):.1f}"] for name, ms in found.items()]
    return Section("care", HEADING, _COLUMNS, rows, [_NOTE.format(tutors=tutors)], found)


def _timed_all(source: str) -> float:
    began = time.perf_counter()
    _all(source)
    return time.perf_counter() - began


def _all(source: str) -> None:
    with transaction() as conn:
        predict(conn, source)
        propose(conn)


def _timed_loop(source: str, tutors: list[str]) -> float:
    began = time.perf_counter()
    for tutor_id in tutors:
        with transaction() as conn:
            predict(conn, source, [tutor_id])
            propose(conn, tutor_id)
    return time.perf_counter() - began


def _tutors() -> list[str]:
    with transaction() as conn:
        found = conn.execute(text("SELECT tutor_id FROM tutoring.tutors WHERE status <> 'churned' ORDER BY tutor_id"))
        return list(found.scalars())


def _analyze() -> None:
    with engine.engine().connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
        conn.execute(text("VACUUM ANALYZE"))
