"""`bellwork explain tutor ID` tells the score, what each of the twelve rules said of it, and what stands open."""

from __future__ import annotations

import pytest

from bellwork.tasks.tutoring.churn import predict_churn
from bellwork.workers.testing import drain, run_inline
from tests.ops.desk import ask
from tests.tasks.tutoring.classroom import predictions, run, tutor

pytestmark = pytest.mark.usefixtures("database")


def test_a_tutor_is_explained() -> None:
    """What brought the score, all twelve rules with their figures, what was held back and why, and what to do."""
    tutor("t1", first=50, rating=3.9, rating_7d=3.5, engagement=55, tenure=20, tier="At Risk")
    run_inline(predict_churn, tutor_id="t1", source="e")
    drain("tutoring-care")
    answer = ask("explain", "tutor", "t1")
    lines = answer.out.splitlines()
    fired = [line.split(":")[0].strip() for line in lines if ", fired:" in line]

    assert 0 == answer.code
    assert f"Tutor t1: active, churn score {predictions('t1')[0]['churn_score']} (" in lines[0]
    assert 12 == sum(line.strip().startswith("rule ") for line in lines)
    assert "rule 4, first_session_checkin, fired" in fired
    assert "rule 1, retention_interview, does not fire: the churn score is" in answer.out
    assert "rule 10, training_module, was held back" in answer.out
    assert "+15 first_session_quality: rated first sessions of 30 days below 4 (30 %)" in answer.out
    assert "first_session_checkin (int_" in answer.out
    assert "-> SELECT tutoring.decide_intervention('int_" in answer.out
    assert "Tutor t1" in ask("explain", "tutor", "t1", "--json").out


def test_what_is_not_there_is_said_so() -> None:
    """Nobody of that id, and a tutor of whom nothing was ever predicted."""
    tutor("t1")
    assert "no prediction was ever made" in ask("explain", "tutor", "t1").out
    nobody = ask("explain", "tutor", "x")
    assert (1, True) == (nobody.code, "there is no tutor 'x'" in nobody.err)
    assert "bellwork explain tutor ID" in ask("explain").out
    assert [] == run("SELECT FROM {tutoring}.explanations")
