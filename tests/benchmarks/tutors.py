"""The metrics of all tutors, and of one, beside a loop over tutors, one pass over raw rows, and reading them alone."""

from __future__ import annotations

import subprocess
import sys
import time
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, field
from datetime import UTC, timedelta
from functools import partial
from statistics import median
from typing import TYPE_CHECKING, Any

from sqlalchemy import event, text

from bellwork.db import engine
from bellwork.db.engine import transaction
from bellwork.db.sql import sql
from bellwork.db.tutoring import queries
from bellwork.db.tutoring.queries import days, notes, rows
from bellwork.db.tutoring.samples import sample
from bellwork.db.tutoring.thresholds import bound
from bellwork.tasks.tutoring.metrics import drain_changes
from bellwork.tasks.tutoring.nightly import recompute_all
from bellwork.tasks.tutoring.refresh import refresh
from bellwork.workers.testing import run_inline
from tests.benchmarks import apart
from tests.benchmarks.measure import interleaved, percentile, say, spread
from tests.benchmarks.section import Section
from tests.benchmarks.tutors_otherwise import by_arrow, by_one_pass, by_orm, read_only

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Connection

    from tests.benchmarks.arena import Arena
    from tests.benchmarks.section import Plan

HEADING = "The metrics of tutors"
_NOTE = (
    "A night writes the rows of the day that ended and of today; all other ways find one day's. From raw rows: every "
    "stored sum of 91 days is compared with the rows first. The loop asks for each tutor and window by the ORM, with "
    "custom plans (with psycopg's own, generic ones it is several times as slow), over {sample} tutors, and is "
    "reckoned up to all; it writes its rows and rolls them back. One pass: GROUP BY of the raw tables, exact sums, "
    "nothing written. Arrow: the same columns by COPY into pyarrow, joined and grouped there, nothing written. "
    "Reading: a serial scan of the same columns of the same days. One change: a session and its note are committed, "
    "then the drain's statements are timed as the client sees them, without the job's claim, and in the server. Ten "
    "times the document's tutors (4,500) were not measured."
)
_COLUMNS = ["", "tutors", "sessions", "ms", "times as fast as the loop", "times the reading"]
_ANALYZE = ("tutors", "sessions", "student_feedback", "tutor_events", "tutor_days", "tutor_performance_metrics")
_NIGHT = "DELETE FROM tutoring.metric_runs"
_SESSION = text("""
INSERT INTO tutoring.sessions (session_id, tutor_id, student_id, session_number, scheduled_start, actual_start, no_show,
    late_start_minutes, engagement_score)
VALUES ('new_' || :number, :tutor, 'student_000001', 1, :at, :at, false, 3, 0.9)
""")
_MANY = text("""
INSERT INTO tutoring.sessions (session_id, tutor_id, student_id, session_number, scheduled_start, actual_start, no_show)
SELECT 'many_' || n, tutor_id, 'student_000001', 2, now() - n * interval '1 minute', now(), false
FROM generate_series(1, :rows) n
JOIN (SELECT tutor_id, row_number() OVER (ORDER BY tutor_id) AS place, count(*) OVER () AS tutors
      FROM tutoring.tutors) t ON t.place = 1 + n % t.tutors
""")
_NOTES = text("""
SELECT tutoring.note_changes(array_agg(tutor_id), array_agg(now() - n * interval '1 minute'))
FROM generate_series(1, :rows) n
JOIN (SELECT tutor_id, row_number() OVER (ORDER BY tutor_id) AS place, count(*) OVER () AS tutors
      FROM tutoring.tutors) t ON t.place = 1 + n % t.tutors
""")
_CHILD = """
import resource, sys
from bellwork.workers.testing import run_inline, drain
from bellwork.db.tutoring import queries
from bellwork.db.engine import transaction
from bellwork.tasks.tutoring.nightly import recompute_all
from bellwork.tasks.tutoring.metrics import check_metrics
run_inline(check_metrics)
idle = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
run_inline(recompute_all)
print("grew", (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - idle) / 1024)
"""


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
    return _section("tutors", HEADING, arena, plan, [(20, 90)] if plan.quick else [(450, 90)])


def measure_history(arena: Arena, plan: Plan) -> Section:
    """Measure metrics at a tenth of the document's tutors, and at that with ten times the history of each."""
    sizes = [(10, 90), (10, 200)] if plan.quick else [(45, 90), (45, 900)]
    return _section("history", f"{HEADING}, and a longer history", arena, plan, sizes)


def _section(key: str, heading: str, arena: Arena, plan: Plan, sizes: list[tuple[int, int]]) -> Section:
    there = apart.Ground(arena.database_url, "", has_partman=False)
    loop, found = plan.pick(quick=2, full=6), []
    for tutors, length in sizes:
        say(f"laying out {tutors} tutors with {length} days")
        with apart.database(there), redirect_stdout(sys.stderr):
            apart.migrated()
            engine.forget()
            found.append(_measure(tutors, length, loop, plan.rounds))
    table = [row for size in found for row in _rows(size)]
    values = {f"{size.tutors} tutors, {size.days} days": {"ms": size.ms, **size.others} for size in found}
    said = [_NOTE.format(sample=loop), *(_said(size) for size in found)]
    return Section(key, heading, _COLUMNS, table, said, values)


def _measure(tutors: int, length: int, loop: int, rounds: int) -> Size:
    with transaction() as conn:
        conn.execute(text("SET LOCAL statement_timeout = 0"))
        counts = sample(conn, tutors=tutors, days=length, seed=1)
    size = Size(tutors, length, counts["sessions"])
    _analyze()
    run_inline(recompute_all)  # the sums of days are there from now on, as after any night
    _analyze()
    say("recomputing them")
    ways: dict[str, Callable[[], float]] = {
        "Bellwork's night, from raw rows": _night,
        "Bellwork, from sums of days": _from_sums,
        "a loop by the ORM": partial(by_orm, loop),
        "one pass over raw rows": by_one_pass,
        "Arrow over raw rows": by_arrow,
        "reading the rows": read_only,
    }
    size.ms = {name: [1000 * each for each in all_] for name, all_ in interleaved(ways, rounds).items()}
    say("one change, many changes")
    size.ms["Bellwork, one change"], size.others["statements"] = _one_by_one(60)
    size.ms["Bellwork, one change, in the server"] = [_executed(number) for number in range(60)][10:]
    size.others["drained changes/s"] = median(_drain(10_000) for _ in range(3))
    size.others["insert with trigger / without"] = _trigger(5_000, 9)
    size.others["night's memory, MB above idle"] = _memory()
    return size


def _analyze() -> None:
    with transaction() as conn:
        for table in _ANALYZE:
            conn.execute(text(f"ANALYZE tutoring.{table}"))


def _night() -> float:
    with transaction() as conn:
        conn.execute(text(_NIGHT))
    return _timed(lambda: run_inline(recompute_all))


def _from_sums() -> float:
    with transaction() as conn:
        everybody = queries.tutors_by_bucket(conn)

    def write() -> None:
        with transaction() as conn:
            at = queries.hold(conn, list(everybody))
            chosen = [tutor for tutors in everybody.values() for tutor in tutors]
            queries.write_rows(conn, chosen, at.astimezone(UTC).date(), at, current=True)

    return _timed(write)


def _one_by_one(times: int) -> tuple[list[float], float]:
    """Return the ms of each change's drain, and how many statements the longest one sent."""
    found, most = [], 0
    for number in range(times):
        with transaction() as conn:
            tutor = f"tutor_{1 + number % 20:05d}"
            at = queries.clock(conn) - timedelta(minutes=5)
            conn.execute(_SESSION, {"number": number, "tutor": tutor, "at": at})
            queries.note_changes(conn, [(tutor, at)])
            bucket = queries.bucket_of(conn, tutor) or 0
        with _counted() as statements:
            found.append(1000 * _timed(partial(_drain_one, bucket)))
        most = max(most, len(statements))
    return found[10:], most


def _drain_one(bucket: int) -> None:
    with transaction() as conn:
        taken = queries.take_changes(conn, bucket)
        asked = [queries.TutorDay(each.tutor_id, each.day) for each in taken if each.day]
        refresh(conn, asked, max(each.now for each in taken), queries.Lateness(len(taken)))


def _executed(number: int) -> float:
    """Return the ms that PostgreSQL executes the three statements of a change's drain."""
    with transaction() as conn:
        tutor = f"tutor_{1 + number % 20:05d}"
        at = queries.clock(conn) - timedelta(minutes=5)
        conn.execute(_SESSION, {"number": f"x{number}", "tutor": tutor, "at": at})
        queries.note_changes(conn, [(tutor, at)])
        bucket = queries.bucket_of(conn, tutor)
    with transaction() as conn:
        conn.execute(text("SET LOCAL plan_cache_mode = force_generic_plan"))
        now = queries.clock(conn)
        today = now.astimezone(UTC).date()
        span = {"first": queries.span(today)[0], "last": today, "events_from": queries.span(today)[1], "at": now}
        noted = {"tutors": [tutor], "days": [at.astimezone(UTC).date()], "open": True}
        written = {**bound(), "tutors": [tutor], "day": str(today), "at": now, "current": True}
        return (
            _explained(conn, notes._TAKE, {"bucket": bucket, "promised": 3600})
            + _explained(conn, days._ROLL, {**days._COUNTED, **span, **noted})
            + _explained(conn, rows._ROWS, {**written, "changes": 1, "late_changes": 0, "slowest": 0})
        )


def _explained(conn: Connection, statement: str, asked: dict[str, Any]) -> float:
    told = [row[0] for row in conn.execute(sql("EXPLAIN (ANALYZE, TIMING OFF) " + statement), asked)]
    return float(next(line for line in told if line.startswith("Execution Time")).split()[2])


@contextmanager
def _counted() -> Iterator[list[str]]:
    statements: list[str] = []

    def note(_conn: Any, _cursor: Any, statement: str, *_: Any) -> None:
        statements.append(statement)

    event.listen(engine.engine(), "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(engine.engine(), "before_cursor_execute", note)


def _drain(changes: int) -> float:
    with transaction() as conn:
        conn.execute(_NOTES, {"rows": changes})
        buckets = list(queries.tutors_by_bucket(conn))
    seconds = _timed(lambda: [run_inline(drain_changes, bucket=bucket) for bucket in buckets])
    with transaction() as conn:
        assert 0 == conn.execute(text("SELECT count(*) FROM tutoring.changes")).scalar_one()
        conn.execute(text("DELETE FROM bellwork.jobs"))
    return changes / seconds


def _trigger(many: int, rounds: int) -> float:
    def insert(watch: bool) -> float:
        with transaction() as conn, conn.begin_nested() as point:
            conn.execute(text("SELECT tutoring.watch_changes(:watch)"), {"watch": watch})
            seconds = _timed(partial(_insert, conn, many))
            point.rollback()
        return seconds

    insert(True)
    pairs = [(insert(True), insert(False)) for _ in range(rounds)]
    return min(with_it for with_it, _ in pairs) / min(without for _, without in pairs)


def _insert(conn: Connection, many: int) -> None:
    conn.execute(_MANY, {"rows": many})


def _memory() -> float:
    done = subprocess.run([sys.executable, "-c", _CHILD], capture_output=True, text=True, check=True)
    return float(done.stdout.rpartition("grew")[2])


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _rows(size: Size) -> Iterator[list[str]]:
    loop, reading = size.ms["a loop by the ORM"], size.ms["reading the rows"]
    for name, ms in size.ms.items():
        one = name.startswith("Bellwork, one change")
        yield [
            f"{name}, {size.days} days",
            f"{1 if one else size.tutors:,}",
            f"{size.sessions:,}",
            f"{median(ms):.1f}, p95 {percentile(ms, 0.95):.1f}" if one else spread(ms),
            "" if one else f"{median(loop) / median(ms):,.1f}",
            "" if one else f"{median(ms) / median(reading):,.1f}",
        ]


def _said(size: Size) -> str:
    told = "; ".join(f"{name} {value:,.2f}" for name, value in size.others.items())
    return f"{size.tutors} tutors, {size.days} days: {told}."
