"""One session of a tutor with history: metrics, prediction, interventions and letters follow by themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from bellwork import enqueue
from bellwork.db import ledger
from bellwork.db.engine import forget, transaction
from bellwork.db.tutoring import churn
from bellwork.tasks.tutoring import churn as work
from bellwork.tasks.tutoring.metrics import recompute_metrics
from bellwork.tasks.tutoring.take_session import take_session
from bellwork.workers.testing import drain, run_inline
from tests.faults.processes import Cluster
from tests.helpers import eventually
from tests.tasks.tutoring.classroom import interventions, predictions, run

if TYPE_CHECKING:
    from pathlib import Path

_TUTOR = """
INSERT INTO {tutoring}.tutors (tutor_id, name, email, onboarding_date, status, baseline_sessions_per_week)
VALUES ('t1', 'Tina', 'tina@tutors.example', now() - interval '200 days', 'active', 3)
"""
_PAST = """
INSERT INTO {tutoring}.sessions (session_id, tutor_id, student_id, session_number, scheduled_start, actual_start,
    no_show, late_start_minutes, engagement_score, learning_objectives_met, tutor_initiated_reschedule)
SELECT 's' || d, 't1', 's', 2, at, at, false, 0, 0.9, true, false
FROM generate_series(2, 60, 2) d CROSS JOIN LATERAL (SELECT now() - make_interval(days => d) AS at) x
"""
_RATED = """
INSERT INTO {tutoring}.student_feedback (feedback_id, session_id, student_id, tutor_id, overall_rating)
SELECT session_id, session_id, student_id, tutor_id, 5 FROM {tutoring}.sessions
"""
_LOGINS = """
INSERT INTO {tutoring}.tutor_events (event_id, tutor_id, event_type, event_timestamp)
SELECT 'e' || d, 't1', 'login', now() - make_interval(hours => 12 * d) FROM generate_series(1, 120) d
"""


@pytest.fixture
def history(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A good tutor with sixty days behind him and today's rows; triggers note what changes. Returns a folder."""
    del database
    monkeypatch.setenv("TUTORING_MANAGER", "manager@school.example")
    monkeypatch.setenv("SMTP_URL", f"file://{tmp_path}/mail")
    forget()
    run("INSERT INTO {tutoring}.students (student_id, name) VALUES ('s', 'Sam')")
    for statement in (_TUTOR, _PAST, _RATED, _LOGINS):
        run(statement)
    run_inline(recompute_metrics, tutor_id="t1")
    drain("tutoring-care")
    drain()
    assert "Exemplary" == _tier()
    run("DELETE FROM {tutoring}.churn_predictions")
    run("DELETE FROM {tutoring}.interventions")
    run("DELETE FROM bellwork.letters")
    run("SELECT {tutoring}.watch_changes()")
    return tmp_path


def test_a_session_leads_to_an_intervention_on_the_running_stack(history: Path) -> None:
    """A session that the tutor missed, taken by real workers: due date, reason and letter stand in the last tables."""
    with Cluster(history, modules="", systems="tutoring=bellwork.db.tutoring.system", masters=1, processes=2):
        with transaction() as conn:
            enqueue(conn, "tutoring.take_session", {"session": _missed()})
        eventually(lambda: len(run("SELECT FROM bellwork.letters WHERE state = 'sent'")) == 2, 60)
    [prediction] = predictions("t1")
    [mentoring, _] = interventions("t1")
    letters = [row["key"] for row in run("SELECT key FROM bellwork.letters")]

    assert "Medium" == prediction["risk_level"]
    assert 25 == prediction["contributing_factors"]["absence"]
    assert ("peer_mentoring", "pending") == (mentoring["intervention_type"], mentoring["status"])
    assert 10 == (mentoring["due_date"] - mentoring["recommended_date"]).days
    assert "the risk is Medium (Medium)" == mentoring["trigger_reason"]
    assert f"tutoring.intervention_request:{mentoring['intervention_id']}" in letters


def test_a_row_that_anybody_inserts_is_enough_and_delivered_twice_it_changes_nothing(history: Path) -> None:
    """The trigger notes it; each job run once more afterwards leaves the same rows."""
    del history
    [first] = run("SELECT coalesce(max(id), 0) AS id FROM bellwork.finished_jobs")
    run(
        "INSERT INTO {tutoring}.sessions (session_id, tutor_id, student_id, scheduled_start, no_show)"
        " VALUES ('missed', 't1', 's', now() - interval '1 hour', true)"
    )
    drain()
    before = _rows()
    with transaction() as conn:
        for row in ledger.list_jobs(conn, state="done", limit=50):
            if str(row["actor"]).startswith("tutoring.") and row["id"] > first["id"]:
                enqueue(conn, row["actor"], row["args"])
    drain()

    assert ["peer_mentoring", "recognition"] == [row["intervention_type"] for row in interventions("t1")]
    assert before == _rows()


def test_a_prediction_that_fails_is_tried_again(history: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What raises is a failure, not a success: the job comes back, and the chain goes on where it stood."""
    del history
    known, failures = churn.predict, [RuntimeError("a moment's trouble")]

    def predict(*args: Any, **kwargs: Any) -> Any:
        if failures:
            raise failures.pop()
        return known(*args, **kwargs)

    monkeypatch.setattr(work, "predict", predict)

    take_session.send(session=_missed())
    drain()
    between = (len(predictions("t1")), len(interventions("t1")))
    drain(later=True)

    assert [] == failures
    assert (0, 0) == between
    assert (1, 2) == (len(predictions("t1")), len(interventions("t1")))


def _missed() -> dict[str, Any]:
    [row] = run("SELECT now() - interval '1 hour' AS at")
    return {
        "session_id": "missed",
        "tutor_id": "t1",
        "student_id": "s",
        "scheduled_start": row["at"].isoformat(),
        "no_show": True,
    }


def _tier() -> str | None:
    [row] = run(
        "SELECT performance_tier FROM {tutoring}.tutor_performance_metrics"
        " WHERE tutor_id = 't1' AND \"window\" = '30day'"
    )
    tier: str | None = row["performance_tier"]
    return tier


def _rows() -> list[Any]:
    """Return what a second delivery must not change."""
    metrics = run(
        'SELECT tutor_id, "window", sessions_completed, no_show_count, performance_tier'
        " FROM {tutoring}.tutor_performance_metrics ORDER BY 1, 2"
    )
    keys = run(
        "SELECT prediction_id FROM {tutoring}.churn_predictions WHERE prediction_id = ANY(ARRAY("
        "SELECT prediction_id FROM {tutoring}.explanations)) ORDER BY 1"
    )
    return [metrics, keys, interventions("t1"), run("SELECT key, state FROM bellwork.letters ORDER BY 1")]
