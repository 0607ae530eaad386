"""A prediction is made once for what asked for it, from figures of its own day, and sends the rules in its commit."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bellwork.db import ledger
from bellwork.db.engine import transaction
from bellwork.db.tutoring.churn import predict
from bellwork.tasks.tutoring.churn import predict_all, predict_churn
from bellwork.tasks.tutoring.interventions import evaluate_interventions
from bellwork.workers.testing import drain, enqueued, run_inline
from tests.tasks.tutoring.classroom import days, explained, figures, interventions, predictions, run, tutor

pytestmark = pytest.mark.usefixtures("database")


def test_what_asked_makes_one_prediction_however_often_it_asks() -> None:
    """Delivered twice, late and at once: one row for a source, one for a night; a job of its own for a call by hand."""
    tutor("t1", reschedules=30)
    for source in ("event 1", "event 1", "event 2"):
        run_inline(predict_churn, tutor_id="t1", source=source)
    predict_all.send()
    predict_all.send()
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(_predict, ["event 3"] * 4))
    drain()
    asked = run("SELECT source FROM {tutoring}.prediction_keys ORDER BY source")
    today = datetime.now(UTC).date()
    run_inline(predict_churn, tutor_id="t1")

    assert [f"day {today} formula-1", "event 1", "event 2", "event 3"] == [row["source"] for row in asked]
    assert 5 == len(predictions("t1"))


def test_a_prediction_is_whole() -> None:
    """Score, band, four probabilities that never fall, what brought the score, and the version."""
    tutor("t1", reschedules=15, tenure=29)
    days("t1", "logins = 0", since=13)
    run_inline(predict_churn, tutor_id="t1", source="e")
    [row] = predictions("t1")
    [made] = run("SELECT figures, sub_scores, added FROM {tutoring}.prediction_keys")
    windows = [row[f"window_{days_}day_probability"] for days_ in (1, 7, 30, 90)]

    assert {"engagement_decline": 25, "reschedule_pattern": 9, "tenure_risk": 6.1333} == row["contributing_factors"]
    assert (40, "Medium", "formula-1") == (row["churn_score"], row["risk_level"], row["model_version"])
    assert sorted(windows) == windows
    assert abs(windows[2] - 0.40) < 1e-12
    assert (1, 29, 15) == tuple(made["figures"][name] for name in ("login_drop", "tenure_days", "reschedule_rate"))
    assert ({}, 100) == (made["added"], made["sub_scores"]["engagement_decline"])


def test_all_tutors_by_night_are_what_each_is_alone() -> None:
    """One statement for all brings the scores that a statement for each brings; who has churned gets none."""
    for number in range(6):
        odd: dict[str, Any] = {"reschedules": 7 * number, "no_shows": number, "rating_7d": 4.4 - number / 5}
        tutor(f"t{number}", tenure=13 * number + 1, **odd)
        days(f"t{number}", f"logins = logins * {number % 3}, first_troubled = {number % 2}", since=13)
    tutor("gone", status="churned")
    run_inline(predict_all)
    together = {row["tutor_id"]: row["churn_score"] for row in run("SELECT * FROM {tutoring}.churn_predictions")}
    alone = {}
    for number in range(6):
        run_inline(predict_churn, tutor_id=f"t{number}", source="alone")
        alone[f"t{number}"] = predictions(f"t{number}")[-1]["churn_score"]
    run_inline(predict_churn, tutor_id="gone", source="alone")

    assert alone == together
    assert len(set(alone.values())) > 3
    assert [] == predictions("gone")


def test_figures_are_those_of_the_asked_day() -> None:
    """A tutor with weeks behind him, onboarded at a time with a zone; no window of today's is seen from yesterday."""
    tutor("t1", reschedules=30)
    figures("t1", ago=1, reschedules=0)
    days("t1", "logins = 0", since=0)
    yesterday = datetime.now(UTC).date() - timedelta(days=1)
    with transaction() as conn:
        [before] = predict(conn, "yesterday", ["t1"], yesterday)
        [after] = predict(conn, "today", ["t1"])

    assert 0 == before.score
    assert after.score > before.score


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        ({"tutor_id": "nobody"}, "there is no tutor 'nobody'"),
        ({"tutor_id": "t1", "source": ""}, "source has 0 characters"),
        ({"tutor_id": "t1", "source": "x" * 151}, "source has 151 characters"),
    ],
)
def test_what_cannot_be_predicted_is_dead_at_once(asked: dict[str, str], reason: str) -> None:
    """With its reason, and without a row."""
    tutor("t1")
    job = run_inline(predict_churn, **asked)

    assert "dead" == job["state"]
    assert reason in job["reason"]
    assert [] == predictions("t1")


def test_a_chain_from_a_prediction_to_an_intervention() -> None:
    """The rules are sent in the prediction's own commit, once for a tutor while they wait, and only for what is new."""
    tutor("t1", reschedules=25)
    with transaction():
        predict_churn.send(tutor_id="t1", source="e")
        predict_churn.send(tutor_id="t1", source="e")
    drain("tutoring-care")
    [alert] = interventions("t1")

    assert "rescheduling_alert" == alert["intervention_type"]
    assert "25 % of sessions were rescheduled by the tutor (above 20)" == alert["trigger_reason"]
    assert timedelta(days=5) == alert["due_date"] - alert["recommended_date"]
    assert (True, alert["trigger_reason"]) == explained("t1")["rule 5, rescheduling_alert"]
    assert [] == enqueued(evaluate_interventions.actor_name)
    with transaction() as conn:
        assert 3 == len([job for job in ledger.list_jobs(conn, limit=50) if job["state"] == "done"])


def _predict(source: str) -> None:
    with transaction() as conn:
        predict(conn, source, ["t1"])
