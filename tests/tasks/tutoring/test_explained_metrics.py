"""`bellwork explain metrics` says how a tutor's rows came about, and lists what counts otherwise than it says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bellwork.tasks.tutoring.metrics import recompute_metrics
from bellwork.workers.testing import run_inline
from tests.ops.desk import ask
from tests.tasks.tutoring import place

NOW = datetime.now(UTC)


@pytest.mark.usefixtures("empty")
def test_what_counts_otherwise_is_listed() -> None:
    """Feedback that names another tutor than its session, a response time in words, and who cannot be computed."""
    place.people("ann", "bob")
    held = {"tutor_id": "ann", "student_id": "pupil", "no_show": False}
    place.put("sessions", held | {"session_id": "s", "scheduled_start": NOW - timedelta(hours=2)})
    place.put("sessions", held | {"session_id": "t", "scheduled_start": NOW + timedelta(hours=2)})
    said = {"feedback_id": "f", "session_id": "s", "student_id": "pupil", "tutor_id": "bob", "overall_rating": 5}
    place.put("student_feedback", said)
    event = {"tutor_id": "ann", "event_type": "message_response", "event_timestamp": NOW - timedelta(hours=1)}
    place.put("tutor_events", event | {"event_id": "e", "metadata": {"response_time_minutes": "soon"}})
    before = ask("explain", "metrics", "ann")
    run_inline(recompute_metrics, tutor_id="ann")
    place.change("SELECT tutoring.note_change('ann', NULL)")
    told, everything = ask("explain", "metrics", "ann"), ask("explain", "metrics", "all")

    assert "the metrics were never computed" in before.out
    for line in (
        "Tutor ann: Needs Attention over 30 days",
        "avg_rating is green (green from 4.5, red beyond 3.5)",
        "1 changes wait for a recompute",
        "1 sessions lie ahead and count nowhere yet",
        "feedback f names tutor bob and counts for ann",
        "event e has a response time that is no number",
    ):
        assert line in told.out
    assert "feedback f names tutor bob" in everything.out
    assert "feedback f names tutor bob" in ask("explain", "metrics", "bob").out
    assert "there is no tutor 'nobody'" in ask("explain", "metrics", "nobody").err
