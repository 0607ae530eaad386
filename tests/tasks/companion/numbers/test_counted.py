"""SC2, SC8, SC9, SC10: what stands in the rows is what brute force counts, for any history, any day and any zone."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings

from bellwork.db.companion.numbers.goals import lock_goals_of
from bellwork.db.companion.numbers.learners import lock_due_learners, lock_learner
from bellwork.db.engine import transaction
from bellwork.db.sql import sql
from bellwork.tasks.companion.numbers import goals, learners
from bellwork.tasks.companion.numbers.daily import recompute_learners
from bellwork.tasks.companion.numbers.goals import recompute_goal
from bellwork.tasks.companion.numbers.learners import recompute_learner
from bellwork.workers.testing import drain, enqueued, run_due, run_inline
from tests.tasks.companion.numbers.histories import SUBJECTS, histories, write
from tests.tasks.companion.numbers.oracle import Goal, History, Item, goal_numbers, learner_numbers
from tests.tasks.companion.numbers.study import change, goal, read, rows, subject, user

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy import Connection

_MANY_LEARNERS = """
INSERT INTO {companion}.users (cognito_sub, email, role)
SELECT 'many_' || n, n || '@many.example', 'student' FROM generate_series(1, 5000) n;
INSERT INTO {companion}.learner_days (student_id, day)
SELECT id, current_date - 5 FROM {companion}.users WHERE role = 'student'
"""
_READ_OF_USERS = """
SELECT seq_tup_read + coalesce(idx_tup_fetch, 0) FROM pg_stat_xact_user_tables
WHERE relid = CAST('{companion}.users' AS regclass)
"""

pytestmark = pytest.mark.usefixtures("database")


def now_of(conn: Connection) -> datetime:
    """Return the moment at which a transaction stands still."""
    return conn.execute(sql("SELECT now()")).scalar_one()  # type: ignore[no-any-return]


@given(history=histories())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_sc2_sc8_sc9_sc10_the_numbers_are_those_of_brute_force(history: History) -> None:
    """Percentages, streaks and xp of goals, distribution, engagement, points, level and goals side by side; twice."""
    subjects, tutor = school()
    with transaction() as conn:
        now = now_of(conn)
        student, ids = write(conn, history, subjects, tutor, now)
        for _ in range(2):
            changed = goals.renew(conn, lock_goals_of(conn, [student]))
            learners.renew(conn, lock_learner(conn, student))
    expected = [goal_numbers(history, number, now) for number in range(len(ids))]
    reached = [percent == 100 for percent, *_ in expected]
    analytics, gamification = learner_numbers(history, now)
    row = read("users", student)

    assert [] == changed
    for number, goal_id in enumerate(ids):
        found, before = read("goals", goal_id), history.goals[number].status
        moves = before == "active"
        assert (expected[number] if moves else (100 if before == "completed" else 0, 0, 0)) == tuple(
            found[name] for name in ("completion_percentage", "current_streak", "xp_earned")
        )
        assert ("completed" if moves and reached[number] else before) == found["status"]
        assert (moves and reached[number]) == (found["completed_at"] is not None)
    assert analytics == row["analytics"]
    assert gamification == row["gamification"]
    assert row["profile"]["progress"]["multi_goal_tracking"] == [
        {"subject": subject_of(each), "completion": float(percent), "streak": streak, "xp": xp}
        for each, (percent, streak, xp) in zip(history.goals, shown(history, expected), strict=True)
        if each.status != "paused"
    ]


_SCHOOLS: dict[str, tuple[list[UUID], UUID]] = {}


def school() -> tuple[list[UUID], UUID]:
    """Return the subjects and the tutor of the test's database."""
    [place] = rows("SELECT current_database() AS name")
    if place["name"] not in _SCHOOLS:
        _SCHOOLS[place["name"]] = [subject(f"Subject {n}") for n in range(SUBJECTS)], user("tutor")
    return _SCHOOLS[place["name"]]


def subject_of(each: Goal) -> str | None:
    """Name a goal's subject."""
    return None if each.subject is None else f"Subject {each.subject}"


def shown(history: History, expected: list[Any]) -> list[Any]:
    """Return the numbers that are shown of each goal: one that was completed before keeps its own."""
    return [
        (100, 0, 0) if each.status == "completed" else found
        for each, found in zip(history.goals, expected, strict=True)
    ]


def reach(student: UUID, subject_id: UUID) -> None:
    """Let a learner have all that a general goal wants."""
    change(
        "INSERT INTO {companion}.practice_assignments (student_id, source, ai_question_text, ai_answer_text,"
        " subject_id, completed, completed_at) SELECT :student, 'ai_generated', '?', '!', :subject, true, now()"
        " FROM generate_series(1, 50)",
        student=student,
        subject=subject_id,
    )
    change(
        "INSERT INTO {companion}.student_ratings (student_id, subject_id, rating) VALUES (:student, :subject, 1500)",
        student=student,
        subject=subject_id,
    )
    tutor = user("tutor")
    change(
        "INSERT INTO {companion}.sessions (student_id, tutor_id, subject_id, session_date)"
        " SELECT :student, :tutor, :subject, now() FROM generate_series(1, 10)",
        student=student,
        tutor=tutor,
        subject=subject_id,
    )


def test_sc2_a_goal_is_reached_once_and_stays_so() -> None:
    """Twenty jobs at once write one completion; afterwards no count takes it back, and its row is left alone."""
    student, algebra = user(), subject()
    goal_id = goal(student, algebra)
    run_inline(recompute_goal, goal_id=goal_id)
    reach(student, algebra)
    for _ in range(20):
        recompute_goal.send(goal_id=goal_id)
    jobs = [job["id"] for job in enqueued("companion.recompute_goal")]
    with ThreadPoolExecutor(5) as pool:
        list(pool.map(lambda one: run_due([one]), jobs))
    congratulations = enqueued("companion.congratulate")
    drain(later=True)
    found = read("goals", goal_id)
    change("DELETE FROM {companion}.sessions")
    run_inline(recompute_goal, goal_id=goal_id)

    assert [str(student)] == [job["args"]["student_id"] for job in congratulations]
    assert ("completed", 100) == (found["status"], found["completion_percentage"])
    assert (1, 700) == (found["current_streak"], found["xp_earned"])
    assert found == read("goals", goal_id)
    assert [{"subject": "Algebra", "completion": 100.0, "streak": 1, "xp": 700}] == read("users", student)["profile"][
        "progress"
    ]["multi_goal_tracking"]


def test_sc9_what_others_keep_in_the_documents_stays() -> None:
    """Badges, preferences and figures of an API layer are untouched; documents of any other shape are made ones."""
    profile = {"preferences": {"nudges": False}, "progress": {"seen": 1}}
    kept = user(gamification={"badges": ["first"], "xp": 5}, profile=profile)
    broken = user(gamification=json.dumps([1]), profile=json.dumps("none"), analytics="null")
    for student in (kept, broken):
        run_inline(recompute_learner, student_id=student)
    row = read("users", kept)

    assert {"badges": ["first"], "xp": 0, "level": 1, "streaks": 0} == row["gamification"]
    assert {"preferences": {"nudges": False}, "progress": {"seen": 1, "multi_goal_tracking": []}} == row["profile"]
    assert {"xp": 0, "level": 1, "streaks": 0} == read("users", broken)["gamification"]
    assert 0 == read("users", broken)["analytics"]["override_count"]


def test_sc8_whoever_is_no_student_has_no_numbers() -> None:
    """A tutor, and somebody who is not there: the job is done and writes nothing."""
    tutor = user("tutor")
    states = [run_inline(recompute_learner, student_id=each)["state"] for each in (tutor, "0" * 32)]

    assert ["done", "done"] == states
    assert {} == read("users", tutor)["analytics"]


def test_sc10_each_learner_is_counted_once_in_each_of_his_days(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two sweeps at once share them; a second one finds nobody; the day after, a streak that was not kept is 0."""
    monkeypatch.setattr("bellwork.tasks.companion.numbers.daily.FIRST", 3)
    subjects, tutor = school()
    history = History(goals=(Goal(0, None, "active"),), items=(Item(0, 20.0, True), Item(0, 44.0, True)))
    with transaction() as conn:
        students = [write(conn, history, subjects, tutor, now_of(conn))[0] for _ in range(8)]
    for _ in range(2):
        recompute_learners.send()
    drain("content")  # this process is a worker by now
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda job: run_due([job["id"]]), enqueued("companion.recompute_learners")))
    first = [read("users", student) for student in students]
    stamps = rows("SELECT xmin FROM {companion}.learner_days ORDER BY student_id")
    run_inline(recompute_learners)
    again = rows("SELECT xmin FROM {companion}.learner_days ORDER BY student_id")
    change("UPDATE {companion}.practice_assignments SET completed_at = completed_at - interval '3 days'")
    change("UPDATE {companion}.learner_days SET day = day - 1")
    run_inline(recompute_learner, student_id=students[0])  # an event of today does not stand for the day's count
    run_inline(recompute_learners)

    assert [{"xp": 20, "level": 1, "streaks": 2}] * 8 == [row["gamification"] for row in first]
    assert stamps == again
    assert {0} == {row["current_streak"] for row in rows("SELECT current_streak FROM {companion}.goals")}
    assert [{"xp": 20, "level": 1, "streaks": 0}] * 8 == [read("users", each)["gamification"] for each in students]


def test_sc10_two_jobs_share_many_learners(monkeypatch: pytest.MonkeyPatch) -> None:
    """One counts up to the learner in the middle, and the other one those after him: together each of them once."""
    students = sorted(user() for _ in range(5))
    monkeypatch.setattr("bellwork.tasks.companion.numbers.daily.middle_learner", lambda _: students[2])
    run_inline(recompute_learners)
    first = [row["student_id"] for row in rows("SELECT student_id FROM {companion}.learner_days ORDER BY student_id")]
    [half] = enqueued("companion.recompute_learners")
    run_due([half["id"]])
    stamped = [row["student_id"] for row in rows("SELECT student_id FROM {companion}.learner_days ORDER BY student_id")]

    assert students[:3] == first
    assert students == stamped
    assert [] == enqueued("companion.recompute_learners")


def test_sc10_a_batch_reads_the_learners_that_it_takes() -> None:
    """And nobody else's rows, however many are due: one reading of all learners for each batch was most of a night."""
    with transaction() as conn:
        conn.execute(sql(_MANY_LEARNERS))
        conn.execute(sql("ANALYZE {companion}.users, {companion}.learner_days"))
        before = conn.execute(sql(_READ_OF_USERS)).scalar_one()
        taken = lock_due_learners(conn, None, None, 20)
        read_rows = conn.execute(sql(_READ_OF_USERS)).scalar_one() - before
        conn.rollback()

    assert 20 == len(taken)
    assert read_rows <= 3 * 20
