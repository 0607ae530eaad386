"""Who is at risk, among many enrollments: by one query for all, and by a loop of five queries for each."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import psycopg

from bellwork.db import engine
from bellwork.db.engine import transaction
from bellwork.db.support import detection
from bellwork.db.support.samples import sample
from tests.benchmarks import apart
from tests.benchmarks.measure import interleaved, percentile, ratio, say, spread
from tests.benchmarks.section import Section

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.benchmarks.arena import Arena
    from tests.benchmarks.section import Plan

HEADING = "Who is at risk, among many enrollments"
_COLUMNS = ["", "enrollments/s", "times the loop", "s", "rows", "again s", "rows again"]
_NOTE = (
    "{enrollments:,} enrollments with {inputs:,} attempts, topics and escalated questions (`bellwork sample support`). "
    "Bellwork finds all of whom something is to be written by one query and writes them 500 in a transaction; the loop "
    "asks five questions of each enrollment, as the public worker of this system does, and writes a row where there is "
    "a reason; it is measured over the first {sample:,} and reckoned up. `again` is a second run, which has nothing to "
    "write. With ten times the history ({many:,} inputs of {few:,} enrollments) finding takes {grown} of the time that "
    "it takes with {less:,}. One enrollment, looked at by itself as after an event ({singles:,} of them): median "
    "{median:.1f} ms, 95 of a hundred within {p95:.1f} ms. Turns: {turns}."
)
_INPUTS = (
    "SELECT (SELECT count(*) FROM support.quiz_attempts) + (SELECT count(*) FROM support.topic_completions)"
    " + (SELECT count(*) FROM support.escalations)"
)
_DAYS, _AT_ONCE = 90, 500
_OURS, _LOOP = "Bellwork", "a loop over enrollments"


@dataclass(frozen=True)
class Turn:
    """One way's run: enrollments it looked at, rows it wrote, seconds, and the second run."""

    enrollments: int
    rows: int
    seconds: float
    again: float = 0.0
    again_rows: int = 0


def measure(arena: Arena, plan: Plan) -> Section:
    """Measure detection."""
    enrollments = plan.pick(quick=2_000, full=100_000)
    few, singles = enrollments // 10, plan.pick(quick=100, full=2_000)
    there = apart.Ground(arena.database_url, "", has_partman=False)
    say(f"laying out {enrollments:,} enrollments")
    with _laid_out(there, enrollments, _DAYS) as template:
        inputs = _inputs(template)
        looked = plan.pick(quick=300, full=3_000)
        ways: dict[str, Callable[[str], Turn]] = {_OURS: _detect, _LOOP: partial(_loop, looked, enrollments)}
        turns: dict[str, Callable[[], Turn]] = {
            name: partial(_once, there, template, way) for name, way in ways.items()
        }
        rounds = plan.pick(quick=2, full=2)
        found = interleaved(turns, rounds)
        one = _one_by_one(singles)
    less, short = _history(there, few, _DAYS)
    many, long = _history(there, few, 10 * _DAYS)
    loop = [turn.enrollments / turn.seconds for turn in found[_LOOP]]
    note = _NOTE.format(
        enrollments=enrollments,
        inputs=inputs,
        sample=looked,
        many=many,
        less=less,
        few=few,
        grown=ratio(long, short),
        singles=singles,
        median=percentile(one, 0.5),
        p95=percentile(one, 0.95),
        turns=rounds,
    )
    values: dict[str, Any] = {name: [asdict(run) for run in runs] for name, runs in found.items()}
    values |= {"one_ms": one, "history_seconds": short, "ten_times_history_seconds": long}
    rows = [[name, *_cells(runs, loop)] for name, runs in found.items()]
    return Section("support", HEADING, _COLUMNS, rows, [note], values)


@contextmanager
def _laid_out(there: apart.Ground, enrollments: int, days: int) -> Iterator[str]:
    with apart.database(there) as template:
        apart.migrated()
        engine.forget()
        with transaction() as conn:
            sample(conn, enrollments=enrollments, days=days)
        engine.forget()
        apart.run(template, "VACUUM ANALYZE")
        yield template


def _inputs(url: str) -> int:
    with psycopg.connect(url) as conn:
        row = conn.execute(_INPUTS).fetchone()
    assert row is not None
    return int(row[0])


def _once(there: apart.Ground, template: str, way: Callable[[str], Turn]) -> Turn:
    with apart.database(there, apart.name_of(template)) as url:
        apart.run(url, "CHECKPOINT")
        return way(url)


def _detect(url: str) -> Turn:
    with psycopg.connect(url) as conn:
        row = conn.execute("SELECT count(*) FROM support.student_enrollments").fetchone()
    assert row is not None
    (seconds, rows), (again, again_rows) = _run(), _run()
    return Turn(row[0], rows, seconds, again, again_rows)


def _run() -> tuple[float, int]:
    began, rows = time.monotonic(), 0
    with transaction() as conn:
        due = detection.list_due(conn)
    for first in range(0, len(due), _AT_ONCE):
        with transaction() as conn:
            rows += len(detection.detect(conn, due[first : first + _AT_ONCE]))
    return time.monotonic() - began, rows


def _one_by_one(singles: int) -> list[float]:
    """Look at enrollments one by one in the template, each in a transaction of its own; returns milliseconds."""
    with transaction() as conn:
        due = detection.list_due(conn)
        ids = [row[0] for row in conn.exec_driver_sql("SELECT id FROM support.student_enrollments ORDER BY id")]
    lasted = []
    for each in ids[: singles + 10]:
        began = time.monotonic()
        with transaction() as conn:
            detection.detect(conn, [each])
        lasted.append((time.monotonic() - began) * 1000)
    assert due
    return lasted[10:]


def _history(there: apart.Ground, enrollments: int, days: int) -> tuple[int, list[float]]:
    say(f"laying out {enrollments:,} enrollments of {days} days")
    with _laid_out(there, enrollments, days) as url:
        lasted = []
        for _ in range(3):
            began = time.monotonic()
            with transaction() as conn:
                detection.list_due(conn)
            lasted.append(time.monotonic() - began)
        return _inputs(url), lasted


def _loop(looked: int, enrollments: int, url: str) -> Turn:
    rows = 0
    with psycopg.connect(url, autocommit=True) as conn:
        listed = conn.execute(
            "SELECT id, user_id, course_id FROM support.student_enrollments WHERE status = 'active'"
            " ORDER BY id LIMIT %s",
            (looked,),
        ).fetchall()
        began = time.monotonic()
        for enrollment, student, course in listed:
            rows += _look_at(conn, enrollment, student, course)
        seconds = (time.monotonic() - began) / len(listed) * enrollments
    return Turn(enrollments, round(rows / len(listed) * enrollments), seconds)


def _look_at(conn: psycopg.Connection, enrollment: object, student: object, course: object) -> int:
    now = datetime.now(UTC)
    week, month = now - timedelta(days=7), now - timedelta(days=30)
    newest = conn.execute(
        "SELECT passed FROM support.quiz_attempts WHERE enrollment_id = %s ORDER BY submitted_at DESC LIMIT 10",
        (enrollment,),
    ).fetchall()
    scores = conn.execute(
        "SELECT score FROM support.quiz_attempts WHERE enrollment_id = %s AND submitted_at > %s"
        " ORDER BY submitted_at DESC LIMIT 10",
        (enrollment, month),
    ).fetchall()
    last = conn.execute(
        "SELECT completed_at FROM support.topic_completions WHERE enrollment_id = %s"
        " ORDER BY completed_at DESC LIMIT 1",
        (enrollment,),
    ).fetchone()
    asked = conn.execute(
        "SELECT count(*) FROM support.escalations WHERE enrollment_id = %s AND escalated_at > %s", (enrollment, week)
    ).fetchone()
    mine = conn.execute(
        "SELECT enrolled_at, completion_percentage FROM support.student_enrollments WHERE id = %s", (enrollment,)
    ).fetchone()
    assert mine is not None
    assert asked is not None
    reasons = [
        *(["quiz_failures"] if sum(not passed for (passed,) in newest) >= 3 else []),
        *(["low_progress"] if (now - mine[0]).days > 7 and mine[1] * 7 < (now - mine[0]).days else []),
        *(["low_quiz_average"] if scores and sum(score for (score,) in scores) / len(scores) < 60 else []),
        *(["inactive"] if max(mine[0], *(last or ())) < week else []),
        *(["ai_escalations"] if asked[0] >= 5 else []),
    ]
    if not reasons:
        return 0
    conn.execute(
        "INSERT INTO support.student_interventions (student_id, enrollment_id, course_id, risk_level, risk_reasons)"
        " VALUES (%s, %s, %s, 'medium', %s) ON CONFLICT DO NOTHING",
        (student, enrollment, course, reasons),
    )
    return 1


def _cells(runs: list[Turn], loop: list[float]) -> list[str]:
    rate = [run.enrollments / run.seconds for run in runs]
    ours = any(run.again for run in runs)
    return [
        spread(rate),
        ratio(rate, loop),
        spread([run.seconds for run in runs], 1),
        spread([float(run.rows) for run in runs]),
        spread([run.again for run in runs], 1) if ours else "",
        spread([float(run.again_rows) for run in runs]) if ours else "",
    ]
