"""One practice answer to its rows, at two lengths of history; all learners in a night, beside a loop of the ORM."""

from __future__ import annotations

import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING

import psutil
from sqlalchemy import event, text

from bellwork.db import engine
from bellwork.db.companion.nudges import middle_learner
from bellwork.db.engine import transaction
from bellwork.tasks.companion.numbers.answers import update_rating
from bellwork.tasks.companion.numbers.daily import batches
from bellwork.workers.testing import drain
from tests.benchmarks import apart
from tests.benchmarks.learners_otherwise import by_orm
from tests.benchmarks.measure import interleaved, percentile, say, spread
from tests.benchmarks.section import Section
from tests.benchmarks.unindexed import unindexed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from uuid import UUID

    from tests.benchmarks.arena import Arena
    from tests.benchmarks.section import Plan

HEADING = "The numbers of learners"
_COLUMNS = ["", "learners", "rows of each", "ms of statements p50", "p95", "learners/s", "times the loop"]
_NOTE = (
    "A learner of history 1 has 3 goals, 100 items, 20 sessions, 30 questions, 30 nudges and 5 overrides of the last "
    "year; of 10, ten times as many. One answer: its three jobs (rating, goal, learner) are run one after the other, "
    "and what their statements took is summed up, as the client sees it: without claims, ends of jobs and commits. A "
    "night counts every learner and every goal and writes what changed, in transactions that aim at 100 ms; of many "
    "learners two jobs take a half each. The longest transaction took {longest:.0f} ms over two connections and "
    "{longest_alone:.0f} ms over one, and the process was {grew:.0f} MB larger afterwards. The loop asks for each "
    "learner by the ORM, goal by goal, counts in SQL where it can, and commits each; it is measured over {sample} "
    "learners, others in each turn, whose rows all ways must leave alike; turns: {turns}."
)
#: Rows of a learner whose history is 1, by kind; {times} as many where it is longer.
_FILL = """
INSERT INTO companion.subjects (name) SELECT 'Subject ' || n FROM generate_series(1, 5) n;
INSERT INTO companion.users (cognito_sub, email, role) SELECT 't', 't@example.org', 'tutor';
INSERT INTO companion.users (id, cognito_sub, email, role, profile)
SELECT CAST('00000000-0000-0000-0000-' || lpad(CAST(n AS text), 12, '0') AS uuid), 's' || n, 's' || n || '@example.org',
       'student', jsonb_build_object('preferences', jsonb_build_object('time_zone',
           (ARRAY['America/New_York', 'Europe/Berlin', 'Asia/Tokyo', 'UTC'])[1 + n % 4]))
FROM generate_series(1, {learners}) n;
CREATE TEMP TABLE s AS SELECT u.id AS student, k.id AS subject, row_number() OVER (PARTITION BY u.id) AS place
FROM companion.users u, companion.subjects k WHERE role = 'student';
INSERT INTO companion.goals (student_id, created_by, subject_id, goal_type, title)
SELECT student, student, subject, 'SAT', 'Goal' FROM s WHERE place <= 3;
INSERT INTO companion.student_ratings (student_id, subject_id, rating) SELECT student, subject, 1200 FROM s;
INSERT INTO companion.practice_assignments (student_id, source, ai_question_text, ai_answer_text, subject_id,
    difficulty_level, completed, completed_at, performance_score, student_rating_before, student_rating_after)
SELECT student, 'ai_generated', 'What is ' || k || ' + 1?', '2', subject, 4, true,
       now() - random() * interval '365 days', 0.8, 1000, 1000 FROM s, generate_series(1, 20 * {times}) k;
INSERT INTO companion.sessions (student_id, tutor_id, subject_id, session_date, duration_minutes)
SELECT student, u.id, subject, now() - random() * interval '365 days', 45
FROM s, companion.users u, generate_series(1, 4 * {times}) k WHERE u.role = 'tutor';
INSERT INTO companion.qa_interactions (student_id, query, answer, confidence)
SELECT student, 'Why?', 'So.', (ARRAY['High', 'Medium', 'Low'])[1 + k % 3] FROM s, generate_series(1, 6 * {times}) k;
INSERT INTO companion.nudges (user_id, type, channel, message, sent_at, opened_at)
SELECT student, 'login', 'in_app', 'Hello', now() - random() * interval '365 days', CASE k % 2 WHEN 0 THEN now() END
FROM s, generate_series(1, 6 * {times}) k;
INSERT INTO companion.overrides (tutor_id, student_id, override_type, action)
SELECT u.id, student, 'summary', 'x' FROM s, companion.users u, generate_series(1, {times}) k WHERE u.role = 'tutor';
INSERT INTO companion.practice_assignments (student_id, source, ai_question_text, ai_answer_text, subject_id,
    difficulty_level) SELECT student, 'ai_generated', 'New?', '2', subject, 4 FROM s WHERE place = 1;
"""
_FILLED = tuple(
    f"companion.{table}"
    for table in ("goals", "practice_assignments", "sessions", "qa_interactions", "nudges", "overrides")
)
_OPEN = "SELECT id FROM companion.practice_assignments WHERE completed IS NOT TRUE ORDER BY student_id LIMIT :most"
_ROWS = """
SELECT u.id, u.analytics, u.gamification, u.profile, (
    SELECT array_agg((g.completion_percentage, g.current_streak, g.xp_earned) ORDER BY g.id)
    FROM companion.goals g WHERE g.student_id = u.id)
FROM companion.users u WHERE u.role = 'student' ORDER BY u.id OFFSET :first LIMIT :most
"""
_ANEW = (
    "TRUNCATE companion.learner_days",
    "UPDATE companion.users SET analytics = '{}', gamification = '{}', profile = profile - 'progress'",
    "UPDATE companion.goals SET completion_percentage = 0, current_streak = 0, xp_earned = 0",
)


_TWO, _ONE = "Bellwork, a night, over two connections", "Bellwork, a night, over one"
_LOOP = "a loop by the ORM"


@dataclass
class Nights:
    """Of each night: seconds of its longest transaction, and bytes by which the process grew."""

    longest: list[float] = field(default_factory=list)
    grew: list[float] = field(default_factory=list)


def measure(arena: Arena, plan: Plan) -> Section:
    """Measure one answer at histories of 1 and 10, and a night beside the loop."""
    there, turns = apart.Ground(arena.database_url, "", has_partman=False), plan.pick(quick=2, full=3)
    learners, answers, sample = (plan.pick(quick=q, full=f) for q, f in ((60, 100_000), (20, 120), (10, 60)))
    rows, values = [], {}
    for times in (1, 10):
        with _school(there, learners if plan.quick else 150, times):
            say(f"answers, history {times}")
            took = _answers(answers)
        name = f"Bellwork, one answer, history {times}"
        values[name] = {"ms": took}
        cells = [f"{185 * times:,}", f"{median(took):.1f}", f"{percentile(took, 0.95):.1f}", "", ""]
        rows.append([name, f"{learners if plan.quick else 150:,}", *cells])
    with _school(there, learners, 1):
        say("a night")
        nights = {name: Nights() for name in (_TWO, _ONE)}
        ways: dict[str, Callable[[], float]] = {
            _TWO: partial(_night, learners, nights[_TWO], 2),
            _ONE: partial(_night, learners, nights[_ONE], 1),
            _LOOP: partial(_loop, iter(range(0, learners, sample)), sample),
        }
        found = interleaved(ways, turns)
    for name, rates in found.items():
        times_loop = [rate / loop for rate, loop in zip(rates, found[_LOOP], strict=True)]
        rows.append([name, f"{learners:,}", "185", "", "", spread(rates), spread(times_loop, 1)])
        values[name] = {"learners_per_second": rates}
    longest, alone = (1_000 * max(nights[name].longest) for name in (_TWO, _ONE))
    grew = max(grown for each in nights.values() for grown in each.grew) / 1e6
    note = _NOTE.format(longest=longest, longest_alone=alone, grew=grew, sample=sample, turns=turns)
    return Section("learners", HEADING, _COLUMNS, rows, [note], values)


@contextmanager
def _school(there: apart.Ground, learners: int, times: int) -> Iterator[None]:
    with apart.database(there) as url, redirect_stdout(sys.stderr):
        apart.migrated()
        engine.forget()
        with unindexed(url, _FILLED) as conn:
            for statement in _FILL.format(learners=learners, times=times).strip().split(";\n"):
                conn.execute(statement.rstrip(";").encode())
        yield


def _answers(most: int) -> list[float]:
    """Return what the statements of each answer's jobs took, in ms; the first ones warm the connections."""
    with transaction() as conn:
        items = list(conn.execute(text(_OPEN), {"most": most}).scalars())
    took = []
    for item in items:
        update_rating.send(assignment_id=item, correct=True, seconds=30, hints=0)
        with _statements() as spent:
            drain("companion-fast")
        took.append(1_000 * sum(spent))
    return took[len(took) // 5 :]


@contextmanager
def _statements() -> Iterator[list[float]]:
    """Collect how long each of our statements takes, from its way out to its answer."""
    spent: list[float] = []
    began: list[float] = []
    before, after = (
        lambda *_: began.append(time.perf_counter()),
        lambda *_: spent.append(time.perf_counter() - began.pop()),
    )
    event.listen(engine.engine(), "before_cursor_execute", before)
    event.listen(engine.engine(), "after_cursor_execute", after)
    try:
        yield spent
    finally:
        event.remove(engine.engine(), "before_cursor_execute", before)
        event.remove(engine.engine(), "after_cursor_execute", after)


def _night(learners: int, kept: Nights, connections: int) -> float:
    """Count everybody, from nothing, as the jobs do; returns learners a second."""
    _begin_anew()
    with transaction() as conn:
        middle = middle_learner(conn) if connections > 1 else None
    halves = [(None, middle), (middle, None)] if middle else [(None, None)]
    before, began = psutil.Process().memory_info().rss, time.perf_counter()
    with ThreadPoolExecutor(len(halves)) as threads:
        done = list(threads.map(lambda half: _batches(*half), halves))
    seconds = time.perf_counter() - began
    assert learners == sum(counted for counted, _ in done)
    kept.grew.append(psutil.Process().memory_info().rss - before)
    kept.longest.append(max(longest for _, longest in done))
    return learners / seconds


def _batches(after: UUID | None, until: UUID | None) -> tuple[int, float]:
    """Count the learners of a half, or all; returns how many they are, and the seconds of the longest transaction."""
    counted, moments = 0, [time.perf_counter()]
    for done in batches(3_600.0, after, until):
        counted += done
        moments.append(time.perf_counter())
    return counted, max(end - begin for begin, end in pairwise(moments))


def _loop(firsts: Iterator[int], sample: int) -> float:
    """Count the next learners by the ORM; returns learners a second. The rows are those that the night left."""
    first = next(firsts)
    expected = _rows(first, sample)
    _begin_anew()
    began = time.perf_counter()
    by_orm(first, sample)
    rate = sample / (time.perf_counter() - began)
    assert expected == _rows(first, sample)
    return rate


def _rows(first: int, most: int) -> list[tuple[object, ...]]:
    with transaction() as conn:
        return [tuple(row) for row in conn.execute(text(_ROWS), {"first": first, "most": most})]


def _begin_anew() -> None:
    with transaction() as conn:
        conn.execute(text("SET LOCAL statement_timeout = 0"))
        for statement in _ANEW:
            conn.execute(text(statement))
    with engine.single_statements() as conn:
        for table in ("users", "goals"):
            conn.execute(text(f"VACUUM ANALYZE companion.{table}"))
