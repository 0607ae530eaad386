"""The metrics of all tutors, and of one, beside a loop over tutors, one pass over raw rows, and reading them alone."""

from __future__ import annotations

import sys
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from datetime import UTC
from functools import partial
from statistics import median
from typing import TYPE_CHECKING

from sqlalchemy import text

from bellwork.db import engine
from bellwork.db.engine import transaction
from bellwork.db.tutoring import queries
from bellwork.tasks.tutoring import nightly
from bellwork.tasks.tutoring.nightly import recompute_all
from bellwork.workers.testing import run_inline
from tests.benchmarks import apart, tutors_one
from tests.benchmarks.measure import interleaved, percentile, say, spread
from tests.benchmarks.section import Section
from tests.benchmarks.tutors_laid_out import lay_out, vacuum
from tests.benchmarks.tutors_one import timed
from tests.benchmarks.tutors_otherwise import by_duckdb, by_one_pass, by_orm, read_only

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.benchmarks.arena import Arena
    from tests.benchmarks.section import Plan

HEADING = "The metrics of tutors"
NIGHT, SUMS, LOOP, READING = (
    *("Bellwork's night, from raw rows", "Bellwork, from sums of days", "a loop by the ORM", "reading the rows"),
)
_NOTE = (
    "A night writes the rows of the day that ended and of today; all other ways find one day's. From raw rows: every "
    "stored sum of 91 days is compared with the rows first, by as many processes as PostgreSQL's defaults allow. The "
    "loop asks for each tutor and window by the ORM, with custom plans (with psycopg's own, generic ones it is several "
    "times as slow), over {sample} tutors, and is reckoned up to all; it writes its rows and rolls them back. One "
    "pass: GROUP BY of the raw tables in one process, exact sums, nothing written. DuckDB: the same columns through "
    "ADBC and Arrow, grouped there to figures of the three windows, sums of doubles, nothing written. Reading: a "
    "serial scan of the same columns of the same days. One change: a session and its note are committed, then the "
    "drain's statements are timed as the client sees them, without the job's claim, and in the server."
)
_COLUMNS = ["", "tutors", "sessions", "ms", "times as fast as the loop", "times the reading"]
_NIGHT = "DELETE FROM tutoring.metric_runs"


@dataclass
class Size:
    """What was measured on one size of platform: milliseconds by way, and figures that are none."""

    tutors: int
    days: int
    sessions: int
    ms: dict[str, list[float]] = field(default_factory=dict)
    others: dict[str, float] = field(default_factory=dict)


def measure(arena: Arena, plan: Plan) -> Section:
    """Measure metrics at the document's size."""
    return _section("tutors", HEADING, arena, plan)


def measure_many(arena: Arena, plan: Plan) -> Section:
    """Measure metrics at ten times the document's tutors."""
    return _section("tutors10", f"{HEADING}, ten times as many", arena, plan, times_tutors=10)


def measure_history(arena: Arena, plan: Plan) -> Section:
    """Measure metrics at the document's tutors with ten times the history of each."""
    return _section("history", f"{HEADING} with ten times the history", arena, plan, times_days=10)


def _section(  # noqa: PLR0913 - a heading, and a size
    key: str, heading: str, arena: Arena, plan: Plan, *, times_tutors: int = 1, times_days: int = 1
) -> Section:
    there = apart.Ground(arena.database_url, "", has_partman=False)
    loop, tutors = plan.pick(quick=2, full=6), plan.pick(quick=20, full=450)
    with apart.database(there), redirect_stdout(sys.stderr):
        apart.migrated()
        engine.forget()
        say(f"laying out {tutors} tutors, {times_tutors} times, and their days, {times_days} times")
        sessions = lay_out(tutors, times_tutors=times_tutors, times_days=times_days)
        size = Size(tutors * times_tutors, 90 * times_days, sessions)
        _measure(size, loop, plan.rounds)
    said = [_NOTE.format(sample=loop), _said(size)]
    return Section(key, heading, _COLUMNS, list(_rows(size)), said, {"ms": size.ms, **size.others})


def _measure(size: Size, loop: int, rounds: int) -> None:
    say("the first night")
    run_inline(recompute_all)  # the sums of days are there from now on, as after any night
    vacuum()
    say("recomputing them")
    ways: dict[str, Callable[[], float]] = {
        NIGHT: _night,
        SUMS: _from_sums,
        LOOP: partial(by_orm, loop),
        "one pass over raw rows": by_one_pass,
        "DuckDB over raw rows": by_duckdb,
        READING: read_only,
    }
    size.ms = {name: [1000 * each for each in all_] for name, all_ in interleaved(ways, rounds).items()}
    say("one change, many changes")
    size.ms["Bellwork, one change"], size.others["statements"] = tutors_one.one_by_one(60)
    size.ms["Bellwork, one change, in the server"] = [tutors_one.executed(number) for number in range(60)][10:]
    size.others["drained changes/s"] = median(tutors_one.drained(10_000) for _ in range(3))
    size.others["CPU of an insert of 5,000 sessions with the trigger / without"] = tutors_one.trigger(5_000, 15)
    with transaction() as conn:
        conn.execute(text(_NIGHT))
    size.others["night's memory, MB above idle"] = tutors_one.night_memory()


def _night() -> float:
    with transaction() as conn:
        conn.execute(text(_NIGHT))
    return timed(lambda: run_inline(recompute_all))


def _from_sums() -> float:
    with transaction() as conn:
        everybody = queries.tutors_by_bucket(conn)

    def write() -> None:
        for buckets in nightly.chunks(everybody):
            with transaction() as conn:
                at = queries.hold(conn, buckets)
                chosen = [tutor for bucket in buckets for tutor in everybody[bucket]]
                queries.write_rows(conn, chosen, at.astimezone(UTC).date(), at, current=True)

    return timed(write)


def _rows(size: Size) -> Iterator[list[str]]:
    loop, reading = size.ms[LOOP], size.ms[READING]
    for name, ms in size.ms.items():
        one = name.startswith("Bellwork, one change")
        yield [
            name,
            f"{1 if one else size.tutors:,}",
            f"{size.sessions:,}",
            f"{median(ms):.1f}, p95 {percentile(ms, 0.95):.1f}" if one else spread(ms),
            "" if one else f"{median(loop) / median(ms):,.1f}",
            "" if one else f"{median(ms) / median(reading):,.1f}",
        ]


def _said(size: Size) -> str:
    told = "; ".join(f"{name} {value:,.2f}" for name, value in size.others.items())
    return f"{size.tutors} tutors, {size.days} days: {told}."
