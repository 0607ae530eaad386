"""A session that is sent in is one row as the newest message says, or nothing and a reason."""

from __future__ import annotations

from typing import Any

import pytest

from bellwork.tasks.tutoring.session_form import completed, objections
from bellwork.tasks.tutoring.take_session import take_session
from bellwork.workers.testing import run_inline
from tests.tasks.tutoring import place

START = "2026-07-01T14:00:00+00:00"
GOOD: dict[str, Any] = {"session_id": "s", "tutor_id": "ann", "student_id": "pupil", "scheduled_start": START}
BAD: dict[str, tuple[dict[str, Any], str]] = {
    "no id": ({"session_id": None}, "session_id is missing"),
    "an empty id": ({"tutor_id": ""}, "tutor_id is not an id of 1 to 50 characters"),
    "a long id": ({"student_id": "x" * 51}, "student_id is not an id"),
    "a naive time": ({"scheduled_start": "2026-07-01T14:00:00"}, "scheduled_start is not a time with its offset"),
    "no time": ({"actual_start": "soon"}, "actual_start is not a time with its offset"),
    "a number for a time": ({"actual_start": 5}, "actual_start is not a time"),
    "minus one": ({"duration_minutes": -1}, "duration_minutes is not a whole number from 0"),
    "the zeroth session": ({"session_number": 0}, "session_number is not a whole number from 1"),
    "too great": ({"late_start_minutes": 2**31}, "late_start_minutes is not a whole number"),
    "true for a number": ({"duration_minutes": True}, "duration_minutes is not"),
    "a word for a boolean": ({"no_show": "no"}, "no_show is not true or false"),
    "a per cent": ({"engagement_score": 80}, "engagement_score is not a number from 0 to 1"),
    "another kind": ({"session_type": "video"}, "session_type is not 1-on-1 or group"),
    "another field": ({"no_shows": 1}, "'no_shows' is no field of a session"),
}


@pytest.fixture(autouse=True)
def _people(empty: str) -> None:
    del empty
    place.people("ann", "bob")


def take(**values: Any) -> dict[str, Any]:
    """Send a session in; returns its job."""
    place.change("DELETE FROM tutoring.changes")
    return run_inline(take_session, session=GOOD | values)


def noted() -> list[tuple[str, str]]:
    """Return what the last one noted: tutors and days."""
    rows = place.ask("SELECT tutor_id, CAST(at AT TIME ZONE 'UTC' AS date)::text FROM tutoring.changes ORDER BY 1, 2")
    return [tuple(row) for row in rows]


@pytest.mark.parametrize("wrong", BAD)
def test_what_is_no_session_is_refused_in_words(wrong: str) -> None:
    """They name the field and what it may hold, and not what it held."""
    change, reason = BAD[wrong]

    assert [reason] == [said[: len(reason)] for said in objections(GOOD | change)]


def test_a_refused_session_is_dead_at_once() -> None:
    """With its reason, and nothing is written; so is one whose people are not there."""
    jobs = [take(no_show="no"), take(tutor_id="nobody"), take(student_id="nobody")]

    assert ["dead"] * 3 == [job["state"] for job in jobs]
    assert ["no_show is not", "there is no tutor", "there is no student"] == [
        next(
            w for w in ("no_show is not", "there is no tutor", "there is no student") if w in job["errors"][-1]["error"]
        )
        for job in jobs
    ]
    assert [] == place.ask("SELECT session_id FROM tutoring.sessions")


def test_what_follows_is_filled_in() -> None:
    """Who began was there, so many whole minutes late, and a pair's sessions are numbered by time."""
    assert {"no_show": False, "late_start_minutes": 7} == {
        name: completed(GOOD | {"actual_start": "2026-07-01T16:07:59+02:00"})[name]
        for name in ("no_show", "late_start_minutes")
    }
    assert 0 == completed(GOOD | {"actual_start": "2026-07-01T13:58:00Z"})["late_start_minutes"]
    take()
    take(session_id="later", scheduled_start="2026-07-02T14:00:00Z")
    take(session_id="other", tutor_id="bob")

    assert [("later", 2), ("other", 1), ("s", 1)] == [
        tuple(row) for row in place.ask("SELECT session_id, session_number FROM tutoring.sessions ORDER BY 1")
    ]


def test_the_same_again_changes_and_notes_nothing() -> None:
    """The second delivery leaves the row to the microsecond as it was."""
    take(subject="Algebra")
    first, told = place.ask("SELECT * FROM tutoring.sessions"), noted()
    take(subject="Algebra")

    assert first == place.ask("SELECT * FROM tutoring.sessions")
    assert ([("ann", "2026-07-01")], []) == (told, noted())


def test_what_is_older_than_the_row_changes_nothing() -> None:
    """By updated_at; without one, the message that comes last counts, and what it leaves out stays."""
    take(subject="Algebra", duration_minutes=30, updated_at="2026-07-01T18:00:00Z")
    take(subject="Biology", updated_at="2026-07-01T17:59:59Z")
    late = place.ask("SELECT subject FROM tutoring.sessions"), noted()
    take(subject="Biology", updated_at="2026-07-01T18:00:01Z")
    newer = place.ask("SELECT subject, duration_minutes FROM tutoring.sessions")
    take(subject=None)

    assert ([("Algebra",)], []) == late
    assert [("Biology", 30)] == newer
    assert [(None, 30)] == place.ask("SELECT subject, duration_minutes FROM tutoring.sessions")


def test_a_move_is_noted_for_both_days_and_tutors() -> None:
    """The one it leaves and the one it comes to."""
    take()
    take(tutor_id="bob", scheduled_start="2026-07-03T00:30:00+02:00")

    assert [("ann", "2026-07-01"), ("bob", "2026-07-02")] == noted()
