"""What may happen to two tutors in 95 days, as hypothesis makes it: NULLs, ties, ends of days, odd documents."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from math import nextafter
from typing import Any

from hypothesis import strategies as st

Row = dict[str, Any]
TUTORS = ("ann", "bob")
#: On this day clocks change in Europe; at the hour that many of them skip.
AT = datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
_SHORT = 9

_days = st.one_of(st.integers(-7, 1), st.integers(-92, 1), st.sampled_from([0, -6, -7, -29, -30, -89, -90]))
_clock = st.one_of(
    st.sampled_from([time(), time(23, 59, 59, 999999), time(0, 0, 0, 1), time(1, 30), time(1, 30, 0, 1)]),
    st.times(),
)
moments = st.builds(lambda day, clock: datetime.combine(AT.date() + timedelta(days=day), clock, UTC), _days, _clock)
_maybe = st.sampled_from([True, False, None])
_thousandths = st.integers(0, 1000).map(lambda count: count / 1000)
#: Also what lies beside a thousandth, and is none.
_ENGAGED = (0.5, 0.8, 1.0, 0.345, nextafter(0.345, 1), nextafter(0.345, 0), 0.0005, 5e-324)
_minutes = st.one_of(
    st.integers(0, 300),
    st.decimals(0, 1000, places=3),
    st.sampled_from([None, "12", "soon", True, [1], {"a": 1}]),
)


@st.composite
def lives(draw: st.DrawFn) -> tuple[list[Row], list[Row], list[Row]]:
    """Draw sessions, feedback and events; some feedback speaks of sessions that are not there."""
    sessions = [
        {
            "session_id": f"s{number}",
            "tutor_id": draw(st.sampled_from(TUTORS)),
            "student_id": "pupil",
            "session_number": draw(st.sampled_from([1, 1, 2, None])),
            "scheduled_start": (start := draw(moments)),
            "actual_start": draw(st.sampled_from([start, None])),
            "tutor_initiated_reschedule": draw(_maybe),
            "no_show": draw(_maybe),
            "late_start_minutes": draw(st.sampled_from([0, 10, 11, -5, 40, None])),
            "engagement_score": draw(st.one_of(st.none(), st.floats(0, 1), _thousandths, st.sampled_from(_ENGAGED))),
            "learning_objectives_met": draw(_maybe),
        }
        for number in range(draw(st.integers(0, _SHORT)))
    ]
    feedback = [
        {
            "feedback_id": f"f{number}",
            "session_id": f"s{number}",
            "student_id": "pupil",
            "tutor_id": draw(st.sampled_from(TUTORS)),
            "overall_rating": draw(st.sampled_from([1, 2, 3, 4, 5, None])),
        }
        for number in range(_SHORT + 2)
        if draw(st.booleans())
    ]
    events = [
        {
            "event_id": f"e{number}",
            "tutor_id": draw(st.sampled_from(TUTORS)),
            "event_type": draw(st.sampled_from(["login", "message_response", "availability_change", None])),
            "event_timestamp": draw(moments),
            "metadata": draw(st.one_of(st.none(), st.builds(_document, _minutes))),
        }
        for number in range(draw(st.integers(0, _SHORT)))
    ]
    return sessions, feedback, events


def _document(minutes: Any) -> Row:
    """Return a document with a response time; a decimal is written as JSON has it."""
    return {"response_time_minutes": float(minutes) if isinstance(minutes, Decimal) else minutes}
