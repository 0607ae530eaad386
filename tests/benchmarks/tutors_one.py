"""What one change of a tutor costs, and many; what noting them costs a caller; and the memory that a night takes."""

from __future__ import annotations

import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import UTC, timedelta
from functools import partial
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from sqlalchemy import event, text

from bellwork.db import engine
from bellwork.db.engine import psycopg_of, transaction
from bellwork.db.sql import sql
from bellwork.db.tutoring import queries
from bellwork.db.tutoring.queries import days, notes, rows
from bellwork.db.tutoring.thresholds import bound
from bellwork.tasks.tutoring.metrics import drain_changes
from bellwork.tasks.tutoring.refresh import refresh
from bellwork.workers.testing import run_inline

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Connection

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
# The peak of a process that was started by a large one is that one's, until its own program begins: hence VmHWM.
_CHILD = """
from pathlib import Path
from bellwork.workers.testing import run_inline
from bellwork.tasks.tutoring.nightly import recompute_all
from bellwork.tasks.tutoring.metrics import check_metrics

def peak():
    return int(Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0])

run_inline(check_metrics)
idle = peak()
run_inline(recompute_all)
print("grew", (peak() - idle) / 1024)
"""


def one_by_one(times: int) -> tuple[list[float], float]:
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
            found.append(1000 * timed(partial(_drain_one, bucket)))
        most = max(most, len(statements))
    return found[10:], most


def _drain_one(bucket: int) -> None:
    with transaction() as conn:
        taken = queries.take_changes(conn, bucket)
        asked = [queries.TutorDay(each.tutor_id, each.day) for each in taken if each.day]
        refresh(conn, asked, max(each.now for each in taken), queries.Lateness(len(taken)))


def executed(number: int) -> float:
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


def drained(changes: int) -> float:
    """Return how many of so many changes of all tutors are taken up in a second, by one worker."""
    with transaction() as conn:
        conn.execute(_NOTES, {"rows": changes})
        buckets = list(queries.tutors_by_bucket(conn))
    seconds = timed(lambda: [run_inline(drain_changes, bucket=bucket) for bucket in buckets])
    with transaction() as conn:
        assert 0 == conn.execute(text("SELECT count(*) FROM tutoring.changes")).scalar_one()
        conn.execute(text("DELETE FROM bellwork.jobs"))
    return changes / seconds


def trigger(many: int, rounds: int) -> float:
    """Return how many times the CPU of an insert of so many sessions PostgreSQL takes where a trigger notes them."""

    def insert(watch: bool) -> float:
        with transaction() as conn, conn.begin_nested() as point:
            conn.execute(text("SELECT tutoring.watch_changes(:watch)"), {"watch": watch})
            began = _cpu(conn)
            conn.execute(_MANY, {"rows": many})
            spent = _cpu(conn) - began
            point.rollback()
        return spent

    insert(True)
    return median(insert(True) / insert(False) for _ in range(rounds))


def _cpu(conn: Connection) -> int:
    """Return the nanoseconds of CPU that the connection's server process has taken."""
    backend = psycopg_of(conn).info.backend_pid
    return int(Path(f"/proc/{backend}/schedstat").read_text().split()[0])


def night_memory() -> float:
    """Return the MB by which a night raises the peak of a process that has run a job before."""
    done = subprocess.run([sys.executable, "-c", _CHILD], capture_output=True, text=True, check=True)
    return float(done.stdout.rpartition("grew")[2])


def timed(work: Callable[[], object]) -> float:
    """Return the seconds that the work takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
