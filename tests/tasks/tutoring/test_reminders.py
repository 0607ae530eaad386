"""Letters about sessions go once for their key, at the edges of their time, and only while they say the truth."""

from __future__ import annotations

from typing import Any

import pytest

from bellwork.db.engine import forget
from bellwork.tasks.tutoring.reminders import alert_reschedules, check_in, remind_feedback, warn_first_sessions
from bellwork.workers.testing import drain, run_inline
from tests.tasks.tutoring.classroom import interventions, run, tutor

_SESSION = """
INSERT INTO {tutoring}.sessions (session_id, tutor_id, student_id, session_number, scheduled_start, actual_start,
    duration_minutes, no_show, late_start_minutes, tutor_initiated_reschedule, subject)
VALUES (:id, :tutor, 's', :number, now() - make_interval(secs => 3600 * CAST(:ago AS float8)),
    CASE WHEN :held THEN now() - make_interval(secs => 3600 * CAST(:ago AS float8)) END, :minutes, :no_show, :late,
    :moved, 'Algebra')
"""
_FEEDBACK = """
INSERT INTO {tutoring}.student_feedback (feedback_id, session_id, student_id, tutor_id, overall_rating)
SELECT session_id, session_id, student_id, tutor_id, CAST(:rating AS int) FROM {tutoring}.sessions
WHERE session_id = CAST(:id AS text)
"""


@pytest.fixture(autouse=True)
def _office(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A database with a tutor and a student, who has an address, and a manager who has one."""
    del database
    monkeypatch.setenv("TUTORING_MANAGER", "manager@school.example")
    forget()
    run("INSERT INTO {tutoring}.students (student_id, name) VALUES ('s', 'Sam')")
    run("SELECT {tutoring}.set_address('s', 'sam@students.example')")
    tutor("t1")


@pytest.mark.parametrize(
    ("hours", "odd", "asked"),
    [
        (23.9, {}, False),
        (24.1, {}, True),
        (47.9, {}, True),
        (48.1, {}, False),
        (25, {"no_show": True, "held": False}, False),
        (25, {"held": False}, False),
    ],
)
def test_feedback_is_asked_for_once(hours: float, odd: dict[str, Any], asked: bool) -> None:
    """Of sessions that ended 24 to 48 hours ago and were held; three sweeps send one letter."""
    _session("x", ago=hours + 1, minutes=60, **odd)
    for _ in range(3):
        run_inline(remind_feedback)
    drain()

    assert ([("tutoring.feedback_reminder:x", "sent", None)] if asked else []) == _letters()


def test_feedback_that_has_come_or_an_address_that_is_missing_is_no_letter() -> None:
    """What was posted is looked at once more before it goes: `superseded`, and `suppressed` without an address."""
    _session("x", ago=30)
    _session("y", ago=30)
    run("INSERT INTO {tutoring}.students (student_id, name) VALUES ('none', 'Nina')")
    run("UPDATE {tutoring}.sessions SET student_id = 'none' WHERE session_id = 'y'")
    run_inline(remind_feedback)
    run(_FEEDBACK, id="x", rating=5)
    drain()

    assert [
        ("tutoring.feedback_reminder:x", "superseded", "nothing is asked for any more"),
        ("tutoring.feedback_reminder:y", "suppressed", "no address"),
    ] == _letters()


@pytest.mark.parametrize(
    ("ratings", "late", "hours", "probability", "warned"),
    [
        ([], 0, 23.9, 0.5, True),
        ([], 0, 24.1, None, False),
        ([5, 5, 5, 5], 0, 1, 0.25, False),
        ([2, 2, 5, 5], 0, 1, 0.5, True),
        ([3, 2, 5, 5], 0, 1, 0.375, False),
        ([5, 5, 5, 5], 11, 1, 0.75, True),
        ([5, 5, 5, 5], 10, 1, 0.25, False),
    ],
)
def test_a_risky_first_session_is_foretold_once(
    ratings: list[int], late: int, hours: float, probability: float | None, warned: bool
) -> None:
    """P is the share of rated first sessions in 90 days that went badly, smoothed with 2 of 4; from 0.5 on a letter."""
    for number, rating in enumerate(ratings):
        _session(f"past {number}", ago=100 + number, late=late)
        run(_FEEDBACK, id=f"past {number}", rating=rating)
    _session("next", ago=-hours, held=False)
    for _ in range(3):
        run_inline(warn_first_sessions)
    drain()
    risks = [float(row["probability"]) for row in run("SELECT probability FROM {tutoring}.first_session_risks")]

    assert ([] if probability is None else [probability]) == risks
    assert ([("tutoring.first_session_risk:next", "sent", None)] if warned else []) == _letters()


@pytest.mark.parametrize(("hours", "asked"), [(1.9, False), (2.1, True), (3.9, True), (4.1, False)])
def test_a_first_session_is_followed_by_a_check_in(hours: float, asked: bool) -> None:
    """Two to four hours after its end: one intervention that waits for the coach, and one letter."""
    _session("first", ago=hours + 1, minutes=60)
    _session("second", ago=hours + 1, minutes=60, number=2)
    for _ in range(3):
        run_inline(check_in)
    drain()

    assert ([("tutoring.first_session_checkin:first", "sent", None)] if asked else []) == _letters()
    assert (["first_session_checkin"] if asked else []) == [row["intervention_type"] for row in interventions("t1")]


@pytest.mark.parametrize(
    ("days", "kinds"),
    [
        ([1, 2], []),
        ([1, 2, 6.9], ["reschedule_pattern"]),
        ([1, 2, 7.1], []),
        ([1, 2, 3, 8, 9], ["reschedule_pattern"]),
        ([1, 2, 3, 8, 9, 13.9], ["reschedule_pattern", "reschedule_escalation"]),
        ([1, 2, 3, 8, 9, 14.1], ["reschedule_pattern"]),
        ([8, 9, 10, 11, 12, 13], ["reschedule_pattern", "reschedule_escalation"]),
    ],
)
def test_too_many_reschedules_are_told_once_a_week(days: list[float], kinds: list[str]) -> None:
    """Three in 7 days to the tutor, six in 14 to the manager, too; each once in an ISO week."""
    for number, day in enumerate(days):
        _session(f"x{number}", ago=24 * day, moved=True)
    for _ in range(2):
        run_inline(alert_reschedules)
    drain()

    found = [(key.partition(":")[0].removeprefix("tutoring."), state) for key, state, _ in _letters()]

    assert sorted((kind, "sent") for kind in kinds) == sorted(found)


def test_a_pattern_that_gets_worse_is_escalated_in_the_same_week() -> None:
    """The tutor is not told again; the manager is told then."""
    for number in range(3):
        _session(f"x{number}", ago=24, moved=True)
    run_inline(alert_reschedules)
    for number in range(3, 6):
        _session(f"x{number}", ago=24, moved=True)
    for _ in range(2):
        run_inline(alert_reschedules)
    drain()

    assert ["tutoring.reschedule_pattern", "tutoring.reschedule_escalation"] == [
        key.split(":")[0] for key, *_ in _letters()
    ]


def _session(id_: str, ago: float, **odd: Any) -> None:
    """Insert a first session of so many hours ago that was held."""
    usual = {"number": 1, "held": True, "minutes": 0, "no_show": False, "late": 0, "moved": False}
    run(_SESSION, id=id_, tutor="t1", ago=ago, **(usual | odd))


def _letters() -> list[tuple[str, str, str | None]]:
    rows = run("SELECT key, state, reason FROM bellwork.letters ORDER BY id")
    return [(row["key"], row["state"], row["reason"]) for row in rows]
