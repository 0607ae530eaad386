"""How far all learners are with their courses: set by set, beside the same one by one, and beside reading the rows."""

from __future__ import annotations

import time
from functools import partial
from statistics import median
from typing import TYPE_CHECKING

from sqlalchemy import text

from bellwork.db import engine
from bellwork.db.courses.progress.courses import complete_courses, recount_courses
from bellwork.db.courses.progress.lessons import settle_lessons
from bellwork.db.engine import psycopg_of, transaction
from bellwork.tasks.courses.progress.nightly import recount
from tests.benchmarks import apart
from tests.benchmarks.measure import interleaved, percentile, say, spread
from tests.benchmarks.section import Section
from tests.benchmarks.spent import Spent, spent

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from tests.benchmarks.arena import Arena
    from tests.benchmarks.section import Plan

HEADING = "The progress of all enrollments"
NIGHT, AGAIN, ONE, READING = (
    *("Bellwork's night, set by set", "the same again, nothing differs", "one by one", "reading and grouping the rows"),
)
_COLUMNS = ["", "enrollments/s", "times one by one", "of reading", "CPU µs an enrollment", "times one by one"]
_NOTE = (
    "{enrollments:,} enrollments in {courses:,} courses of {lessons} lessons, a fifth of them labs; {rows:,} rows of "
    "lessons that were begun, two thirds of them completed. Each way settles lessons, counts and looks for what is "
    "complete, with the same three statements and durable commits: the night for as many enrollments as fit 100 ms, "
    "one by one for each in its own transaction, over the first {sample:,}. Both write every row of progress, into an "
    "empty table. Reading: the same joins and counts as one statement, nothing settled, looked for or written, in "
    "as many processes as PostgreSQL takes. CPU is that of the client and of all processes of PostgreSQL. "
    "{rounds} rounds. An enrollment one by one, as an event has it counted: p50 {p50:.1f} ms, p95 {p95:.1f} ms."
)
_LESSONS = 20
_LAY_OUT = """
INSERT INTO courses.users (id, email, password_hash, first_name, last_name)
SELECT md5('u' || n)::uuid, n || '@example.org', '', 'A', 'B' FROM generate_series(1, {users}) n;
INSERT INTO courses.courses (id, instructor_id, title, slug, category, skill_level, status)
SELECT md5('c' || n)::uuid, md5('u1')::uuid, 'C', n::text, 'devops', 'expert', 'published'
FROM generate_series(1, {courses}) n;
INSERT INTO courses.modules (id, course_id, title, order_index)
SELECT md5('m' || n)::uuid, md5('c' || n)::uuid, 'M', 1 FROM generate_series(1, {courses}) n;
INSERT INTO courses.lessons (id, module_id, title, lesson_type, order_index)
SELECT md5('l' || n || ',' || k)::uuid, md5('m' || n)::uuid, 'L',
       CASE WHEN k % 5 = 0 THEN 'lab' ELSE 'video' END::courses.lesson_type, k
FROM generate_series(1, {courses}) n, generate_series(1, {lessons}) k;
INSERT INTO courses.lab_templates (id, name, base_image, tech_stack) VALUES (md5('t')::uuid, 'T', 'i', 'python');
INSERT INTO courses.labs (lesson_id, template_id, title, instructions, success_criteria)
SELECT id, md5('t')::uuid, 'L', 'Do.', '[]' FROM courses.lessons WHERE lesson_type = 'lab';
INSERT INTO courses.enrollments (id, user_id, course_id)
SELECT md5('e' || n)::uuid, md5('u' || n)::uuid, md5('c' || (1 + n % {courses}))::uuid
FROM generate_series(1, {users}) n;
INSERT INTO courses.lesson_progress (user_id, lesson_id, status, video_position_seconds, video_completed, lab_completed)
SELECT e.user_id, l.id, CASE WHEN k % 3 > 0 THEN 'completed' ELSE 'in_progress' END::courses.progress_status, 300,
       k % 3 > 0, k % 3 > 0 AND l.lesson_type = 'lab'
FROM courses.enrollments e JOIN courses.modules m USING (course_id) JOIN courses.lessons l ON l.module_id = m.id
CROSS JOIN LATERAL (SELECT l.order_index AS k) AS at
WHERE at.k < {lessons} - ascii(right(e.id::text, 1)) % 8;
ANALYZE
"""
_READ = text("""
SELECT count(*), sum(done), sum(lessons) FROM (
    SELECT e.id, count(l.id) AS lessons, count(l.id) FILTER (WHERE p.status = 'completed') AS done, count(b.id) AS labs,
           count(b.id) FILTER (WHERE p.lab_completed) AS labs_done, sum(p.video_position_seconds) AS seconds
    FROM courses.enrollments e JOIN courses.modules m ON m.course_id = e.course_id
    JOIN courses.lessons l ON l.module_id = m.id LEFT JOIN courses.labs b ON b.lesson_id = l.id
    LEFT JOIN courses.lesson_progress p ON p.user_id = e.user_id AND p.lesson_id = l.id
    GROUP BY e.id) AS counted
""")
_LOCK = text("SELECT id FROM courses.enrollments WHERE id = :id FOR NO KEY UPDATE")
_COUNTED = text("SELECT count(*), sum(completed_lessons), sum(total_lessons) FROM courses.course_progress")


def measure(arena: Arena, plan: Plan) -> Section:
    """Measure the night beside the same statements for one enrollment after the other."""
    enrollments, courses = plan.pick(quick=4_000, full=20_000), plan.pick(quick=40, full=200)
    sample = plan.pick(quick=400, full=1_000)
    with apart.database(apart.Ground(arena.database_url, "", has_partman=False)):
        apart.migrated()
        engine.forget()
        say(f"laying out {enrollments:,} enrollments")
        with transaction() as conn:
            conn.execute(text("SET LOCAL statement_timeout = 0"))
            script = _LAY_OUT.format(users=enrollments, courses=courses, lessons=_LESSONS)
            psycopg_of(conn).execute(script.encode())
            rows = conn.execute(text("SELECT count(*) FROM courses.lesson_progress")).scalar_one()
            chosen = list(
                conn.execute(text("SELECT id FROM courses.enrollments ORDER BY id LIMIT :n"), {"n": sample}).scalars()
            )
        took: list[float] = []
        ways: dict[str, Callable[[], Spent]] = {
            NIGHT: partial(_night, enrollments),
            AGAIN: lambda: spent(lambda: list(recount(None, 600.0))).times(1 / enrollments),
            ONE: lambda: _one_by_one(chosen, took),
            READING: lambda: spent(_read).times(1 / enrollments),
        }
        say("counting")
        found = interleaved(ways, plan.rounds)
    each = {"enrollments": enrollments, "courses": courses, "lessons": _LESSONS, "rows": rows, "sample": sample}
    note = _NOTE.format(**each, rounds=plan.rounds, p50=1000 * median(took), p95=1000 * percentile(took, 0.95))
    values = {
        name: {
            "seconds_an_enrollment": [one.seconds for one in all_],
            "cpu_seconds_an_enrollment": [one.cpu for one in all_],
        }
        for name, all_ in found.items()
    }
    return Section("courses_progress", HEADING, _COLUMNS, [_row(name, found) for name in found], [note], values)


def _night(enrollments: int) -> Spent:
    """Count all, into an empty table; what comes out is what one statement counts."""
    _empty()
    done = spent(lambda: list(recount(None, 600.0)))
    with transaction() as conn:
        assert tuple(conn.execute(_COUNTED).one()) == tuple(conn.execute(_READ).one())
    return done.times(1 / enrollments)


def _one_by_one(chosen: list[UUID], took: list[float]) -> Spent:
    """Count each of some in a transaction of its own, into an empty table; notes the seconds of each."""
    _empty()
    return spent(lambda: took.extend([_timed(each) for each in chosen])).times(1 / len(chosen))


def _timed(enrollment: UUID) -> float:
    began = time.perf_counter()
    with transaction() as conn:
        conn.execute(_LOCK, {"id": enrollment})
        settle_lessons(conn, [enrollment])
        recount_courses(conn, [enrollment])
        complete_courses(conn, [enrollment])
    return time.perf_counter() - began


def _read() -> None:
    with transaction() as conn:
        conn.execute(_READ).one()


def _empty() -> None:
    with transaction() as conn:
        conn.execute(text("TRUNCATE courses.course_progress"))


def _row(name: str, found: dict[str, list[Spent]]) -> list[str]:
    rates, cpu = [1 / one.seconds for one in found[name]], [1e6 * one.cpu for one in found[name]]
    seconds = {way: median(one.seconds for one in found[way]) for way in (name, ONE, READING)}
    return [
        name,
        spread(rates),
        f"{seconds[ONE] / seconds[name]:.1f}",
        f"{seconds[READING] / seconds[name]:.2f}",
        spread(cpu),
        f"{median(one.cpu for one in found[ONE]) / median(one.cpu for one in found[name]):.1f}",
    ]
