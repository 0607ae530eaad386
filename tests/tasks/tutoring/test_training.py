"""A model is learned from what became of tutors, used where it beats the formula, and never on too little."""

from __future__ import annotations

import json
import random
import sys
from dataclasses import replace
from typing import Any

import pytest

from bellwork.db.engine import transaction
from bellwork.db.tutoring.churn import FEATURES, Sample, latest_model, samples
from bellwork.tasks.providers import storage
from bellwork.tasks.tutoring.churn import predict_churn
from bellwork.tasks.tutoring.training import train
from bellwork.tasks.tutoring.training.learn import LEAST_SAMPLES, NothingLearned, learn
from bellwork.tasks.tutoring.training.train import train_model
from bellwork.workers.testing import run_inline
from tests.tasks.tutoring.classroom import days, predictions, run, tutor

_LEFT = """
INSERT INTO {tutoring}.status_changes (tutor_id, before, after, why, at)
VALUES ('t1', 'active', CAST(:after AS text), '', now() - make_interval(secs => 86400 * CAST(:ago AS float8)))
"""
_MOVE = """
UPDATE {tutoring}.prediction_keys SET predicted_at = now() - make_interval(secs => 86400 * CAST(:ago AS float8))
WHERE source = CAST(:source AS text)
"""


def test_it_learns_what_the_formula_does_not_know() -> None:
    """Where tutors leave for one signal alone, the model finds it; its report has AUC, Brier score and calibration."""
    learned = learn(_people(400, leaves_for="tenure_risk"))

    assert learned.objection is None
    assert learned.report["auc"] > 0.95
    assert learned.report["auc"] > learned.report["formula_auc"]
    assert learned.report["brier"] < learned.report["formula_brier"]
    assert max(learned.coefficients, key=lambda name: learned.coefficients[name]) == "tenure_risk"
    assert sum(bin_["samples"] for bin_ in learned.report["calibration"]) == learned.report["samples"]["held_out"]
    assert [0.0, 0.0] == learned.report["roc"][0]
    assert [1.0, 1.0] == learned.report["roc"][-1]
    assert learned.fingerprint == learn(_people(400, leaves_for="tenure_risk")).fingerprint


def test_a_model_that_is_worse_than_the_formula_is_not_used() -> None:
    """Who leaves by the toss of a coin is foretold by nobody; who leaves by the formula, best by the formula."""
    tossed = learn(_people(600, leaves_for=None))
    assert "is asked for" in (tossed.objection or "")

    coin = random.Random(3)  # noqa: S311 - no secret
    blurred = [
        replace(each, features=tuple(value + coin.uniform(-0.2, 0.2) for value in each.features))
        for each in _people(600, leaves_for="tenure_risk", formula_knows=True)
    ]
    assert "the formula is better on the held-out tutors" in (learn(blurred).objection or "")


def test_nothing_is_learned_below_a_hundred_samples_or_of_one_kind() -> None:
    """99 are too few, a hundred of whom nobody left are no use; 100 of both kinds are enough."""
    with pytest.raises(NothingLearned, match="99 samples, at least 100"):
        learn(_people(LEAST_SAMPLES - 1, leaves_for="tenure_risk"))
    with pytest.raises(NothingLearned, match="0 left: both kinds are needed"):
        learn([Sample(each.tutor_id, each.features, 10, has_left=False) for each in _people(200, leaves_for=None)])
    assert learn(_people(LEAST_SAMPLES, leaves_for="tenure_risk")).report["samples"]["learned"] > 50


@pytest.mark.usefixtures("database")
def test_a_trained_model_scores_the_next_prediction(monkeypatch: pytest.MonkeyPatch) -> None:
    """At once and by its version; it lies in the storage with its pictures; too few samples bring the formula back."""
    monkeypatch.setattr(train, "samples", lambda _conn: _people(400, leaves_for="tenure_risk"))
    tutor("new", tenure=3)
    tutor("old", tenure=400)
    run_inline(train_model)
    scores = {name: _score(name, "trained") for name in ("new", "old")}
    with transaction() as conn:
        model = latest_model(conn) or {}
    stored = json.loads(storage().get(f"tutoring/models/{model['version']}.json"))
    expected = _by_hand(stored, {"tenure_risk": 0.96, "reschedule_pattern": 0.2})
    monkeypatch.setattr(train, "samples", lambda _conn: [])
    run_inline(train_model)
    with transaction() as conn:
        after = latest_model(conn) or {}

    assert (expected, model["version"]) == scores["new"]
    assert scores["new"][0] > 90
    assert scores["old"][0] < 10
    assert model["in_use"]
    assert storage().get(f"tutoring/models/{model['version']}-roc.svg").startswith(b"<svg")
    assert b"Brier" in storage().get(f"tutoring/models/{model['version']}-calibration.svg")
    assert "there are 0 samples, at least 100 are needed; the formula is used" == after["verdict"]
    assert (13, "formula-1") == _score("new", "again")


@pytest.mark.usefixtures("database")
def test_without_the_extra_nothing_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that cannot train says how it could, and leaves the model that is in use alone."""
    monkeypatch.setattr(train, "samples", lambda _conn: _people(400, leaves_for="tenure_risk"))
    run_inline(train_model)
    for module in ("sklearn.linear_model", "sklearn.metrics"):
        monkeypatch.setitem(sys.modules, module, None)
    job = run_inline(train_model)
    with transaction() as conn:
        latest = latest_model(conn) or {}

    assert "done" == job["state"]
    assert "pip install" in latest["verdict"]
    assert [True, False] == [
        row["in_use"] for row in run("SELECT in_use FROM {tutoring}.churn_models ORDER BY made_at")
    ]


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize(
    ("predicted", "left", "expected"),
    [(29.9, 5, []), (30.1, 0.2, [True]), (31, 0.9, [False]), (40, 41, [False]), (394, None, [False]), (396, None, [])],
)
def test_a_sample_is_a_prediction_of_thirty_days_ago(
    predicted: float, left: float | None, expected: list[bool]
) -> None:
    """Its tutor left if he did within the thirty days after it, not before it and not later."""
    tutor("t1", reschedules=15)
    days("t1", "logins = 0", since=13)
    run_inline(predict_churn, tutor_id="t1", source="e")
    run(_MOVE, ago=predicted, source="e")
    if left is not None:
        run(_LEFT, ago=left, after="churned")
    run(_LEFT, ago=predicted - 1, after="inactive")
    with transaction() as conn:
        found = samples(conn)

    assert expected == [sample.has_left for sample in found]
    for sample in found:
        assert {"engagement_decline": 1.0, "reschedule_pattern": 0.6} == {
            name: value for name, value in zip(FEATURES, sample.features, strict=True) if value
        }
        assert 34 == sample.formula


def _people(many: int, leaves_for: str | None, *, formula_knows: bool = False) -> list[Sample]:
    """Make samples of as many tutors, of whom those leave whose signal is high, or as a coin falls."""
    coin, found = random.Random(7), []  # noqa: S311 - no secret
    for number in range(many):
        features = {name: coin.random() for name in FEATURES[:7]} | dict.fromkeys(FEATURES[7:], 0.0)
        formula = 100 * features["tenure_risk"] if formula_knows else 100 * coin.random()
        left = features[leaves_for] > 0.6 if leaves_for else coin.random() > 0.5
        found.append(Sample(f"t{number}", tuple(features.values()), formula, left))
    return found


def _score(tutor_id: str, source: str) -> tuple[int, str]:
    run_inline(predict_churn, tutor_id=tutor_id, source=source)
    row = predictions(tutor_id)[-1]
    return row["churn_score"], row["model_version"]


def _by_hand(model: dict[str, Any], features: dict[str, float]) -> int:
    """Compute the score of a stored model outside of PostgreSQL."""
    from math import exp  # noqa: PLC0415 - used here alone

    total = model["intercept"] + sum(model["coefficients"][name] * value for name, value in features.items())
    return round(100 / (1 + exp(-total)))
