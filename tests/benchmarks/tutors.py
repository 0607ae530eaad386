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
from tests.benchmarks.spent import Spent, spent
from tests.benchmarks.tutors_laid_out import lay_out, vacuum
from tests.benchmarks.tutors_otherwise import by_duckdb, by_one_pass, by_orm, grouped_only, read_only

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
    "stored sum of 91 days is compared with the rows first. Both ways use two connections side by side, as a night "
    "does where it is deployed, and as many processes as PostgreSQL's defaults allow. The "
    "loop asks for each tutor and window by the ORM, with custom plans (with psycopg's own, generic ones it is "
    "several times as slow), over {sample} tutors, and is reckoned up to all; it writes its rows and rolls them back."
    " One pass: GROUP BY of the raw tables in one process, exact sums, nothing written. DuckDB: the same columns "
    "through ADBC and Arrow, grouped there to figures of the three windows, sums of doubles, nothing written. "
    "Grouping: what every night must do at least: sessions and events summed up by tutor and day, by as many "
    "processes, feedback left out, nothing compared or written. Reading: a serial scan of the same columns of the "
    "same days. One change: a session and its note are committed, then the drain's statements are timed as the client"
    " sees them, without the job's claim, and in the server. CPU is that of the client and of all processes of "
    "PostgreSQL, and depends less on what else the machine did."
)
_COLUMNS = ["", "tutors", "sessions", "ms", "loop / this", "this / reading", "CPU ms", "loop / this", "this / reading"]
_NIGHT = "DELETE FROM tutoring.metric_runs"


@dataclass
class Size:
    """What was measured on one size of platform: milliseconds and those of CPU by way, and figures that are none."""

    tutors: int
    days: int
    sessions: int
    ms: dict[str, list[float]] = field(default_factory=dict)
    cpu: dict[str, list[float]] = field(default_factory=dict)
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
        say("the first night")
        run_inline(recompute_all)  # the sums of days are there from now on, as after any night
        vacuum()
        size = Size(tutors * times_tutors, 90 * times_days, sessions)
        found = measured(size, loop, min(plan.rounds, 5 if times_tutors * times_days == 1 else 3))
    return Section(key, heading, *found)


def measured(size: Size, loop: int, rounds: int) -> tuple[list[str], list[list[str]], list[str], dict[str, object]]:
    """Measure all ways where the tables are laid out and a night has been; return columns, rows, notes and values."""
    say("recomputing them")
    ways: dict[str, Callable[[], Spent]] = {
        NIGHT: _night,
        SUMS: _from_sums,
        LOOP: partial(by_orm, loop),
        "one pass over raw rows": by_one_pass,
        "DuckDB over raw rows": by_duckdb,
        "grouping the rows, without feedback": grouped_only,
        READING: read_only,
    }
    found = interleaved(ways, rounds)
    size.ms = {name: [1000 * each.seconds for each in all_] for name, all_ in found.items()}
    size.cpu = {name: [1000 * each.cpu for each in all_] for name, all_ in found.items()}
    say("one change, many changes")
    size.ms["Bellwork, one change"], size.others["statements"] = tutors_one.one_by_one(60)
    size.ms["Bellwork, one change, in the server"] = [tutors_one.executed(number) for number in range(60)][10:]
    size.others["drained changes/s"] = median(tutors_one.drained(10_000) for _ in range(3))
    size.others["CPU of an insert of 5,000 sessions with the trigger / without"] = tutors_one.trigger(5_000, 15)
    with transaction() as conn:
        conn.execute(text(_NIGHT))
    size.others["night's memory, MB above idle"] = tutors_one.night_memory()
    said = [_NOTE.format(sample=loop), f"{_said(size)} {rounds} rounds of all ways."]
    return _COLUMNS, list(_rows(size)), said, {"ms": size.ms, "cpu": size.cpu, **size.others}


def _night() -> Spent:
    with transaction() as conn:
        conn.execute(text(_NIGHT))
    return spent(lambda: run_inline(recompute_all))


def _from_sums() -> Spent:
    with transaction() as conn:
        everybody = queries.tutors_by_bucket(conn)

    def write(buckets: list[int]) -> None:
        with transaction() as conn:
            at = queries.hold(conn, buckets)
            chosen = [tutor for bucket in buckets for tutor in everybody[bucket]]
            queries.write_rows(conn, chosen, at.astimezone(UTC).date(), at, current=True)

    return spent(lambda: nightly.side_by_side([partial(write, buckets) for buckets in nightly.chunks(everybody)]))


def _rows(size: Size) -> Iterator[list[str]]:
    for name, ms in size.ms.items():
        if name in size.cpu:
            figures = [cell for found in (size.ms, size.cpu) for cell in _beside(found, name)]
            yield [name, f"{size.tutors:,}", f"{size.sessions:,}", *figures]
        else:
            wall = f"{median(ms):.1f}, p95 {percentile(ms, 0.95):.1f}"
            yield [name, "1", f"{size.sessions:,}", wall, "", "", "", "", ""]


def _beside(found: dict[str, list[float]], name: str) -> list[str]:
    this, loop, reading = (median(found[each]) for each in (name, LOOP, READING))
    return [spread(found[name]), f"{loop / this:,.1f}", f"{this / reading:,.1f}"]


def _said(size: Size) -> str:
    told = "; ".join(f"{name} {value:,.2f}" for name, value in size.others.items())
    return f"{size.tutors} tutors, {size.days} days: {told}."
