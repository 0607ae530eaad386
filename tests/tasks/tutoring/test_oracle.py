"""Whatever happened to tutors, and however it was noticed: the rows are the oracle's, to the last digit."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from bellwork.db.engine import transaction
from bellwork.db.tutoring.queries import end_of, span
from bellwork.tasks.tutoring.metrics import recompute_metrics
from bellwork.tasks.tutoring.nightly import recompute_all
from bellwork.workers.testing import run_inline
from tests.tasks.tutoring import oracle, place
from tests.tasks.tutoring.lives import AT, TUTORS, lives, moments

_FORGET = """
DELETE FROM tutoring.tutor_days; DELETE FROM tutoring.tutor_states; DELETE FROM tutoring.tutor_performance_metrics
"""
#: Of the days that today's rows or yesterday's need: an earlier drain may have summed up days before them.
_SUMS = """
SELECT * FROM tutoring.tutor_days WHERE sessions + logins + responses > 0 AND day >= :first ORDER BY tutor_id, day
"""
# For the trigger: a replica's session notices nothing.
_TOUCH = "UPDATE tutoring.student_feedback SET overall_rating = overall_rating WHERE feedback_id = ANY(:ids)"
Row = dict[str, Any]
TODAY = AT.date()
YESTERDAY = TODAY - timedelta(days=1)


@pytest.mark.usefixtures("watched")
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(life=lives(), later=moments, data=st.data())
def test_every_way_brings_the_rows_of_the_oracle(
    life: tuple[list[Row], list[Row], list[Row]], later: Any, data: st.DataObject
) -> None:
    """By triggers and a drain, after changes again, by raw rows of one tutor, and by the night from nothing."""
    sessions, feedback, events = life
    place.empty()
    place.people(*TUTORS)
    with place.still(AT - timedelta(days=data.draw(st.integers(0, 3)))):
        _insert(sessions[::2], feedback[::2], events[::2])
        place.drained()
        _insert(sessions[1::2], feedback[1::2], events[1::2])
    with place.still(AT):
        if sessions:
            _change(data.draw(st.sampled_from(sessions)), later, sessions, feedback)
        place.drained()
        noticed = place.metrics(TODAY)
        for tutor_id in TUTORS:
            assert "done" == run_inline(recompute_metrics, tutor_id=tutor_id)["state"]
        raw = place.metrics(TODAY)
        sums = place.ask(_SUMS, first=span(TODAY)[0])
        place.change(_FORGET)
        assert "done" == run_inline(recompute_all)["state"]

    expected = _expected(TODAY, AT, sessions, feedback, events)
    assert expected == _said(place.metrics(TODAY))
    assert _expected(YESTERDAY, end_of(YESTERDAY), sessions, feedback, events) == _said(place.metrics(YESTERDAY))
    assert expected == _said(raw)
    assert {key: expected[key] for key in noticed} == _said(noticed)
    assert sums == place.ask(_SUMS, first=span(TODAY)[0])


def _insert(sessions: list[Row], feedback: list[Row], events: list[Row]) -> None:
    with transaction() as conn:
        place.add(conn, "sessions", *sessions)
        place.add(conn, "tutor_events", *events)
        # Feedback comes to sessions that are not there, as it can where a platform's own tables have no foreign key.
        conn.execute(text("SET LOCAL session_replication_role = replica"))
        place.add(conn, "student_feedback", *feedback)
    place.change(_TOUCH, ids=[each["feedback_id"] for each in feedback])


def _change(chosen: Row, later: Any, sessions: list[Row], feedback: list[Row]) -> None:
    """Move one session to another moment, and delete another one with what was said of it."""
    chosen["scheduled_start"] = later
    place.change(
        "UPDATE tutoring.sessions SET scheduled_start = :at WHERE session_id = :id", at=later, id=chosen["session_id"]
    )
    gone = sessions[-1]["session_id"]
    place.change("DELETE FROM tutoring.sessions WHERE session_id = :id", id=gone)
    sessions[:] = [each for each in sessions if each["session_id"] != gone]
    feedback[:] = [each for each in feedback if each["session_id"] != gone]


def _expected(day: Any, at: Any, *rows: list[Row]) -> dict[tuple[str, str], Row]:
    return {
        (tutor_id, window): row
        for tutor_id in TUTORS
        for window, row in oracle.rows_of(tutor_id, day, at, *rows).items()
    }


def _said(rows: dict[tuple[str, str], Row]) -> dict[tuple[str, str], Row]:
    return {key: place.figures(row) for key, row in rows.items()}
