"""What holds a rule back that fires, that a prediction is looked at once, and that of a type one row is open."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from bellwork.db.engine import engine, transaction
from bellwork.db.sql import sql
from bellwork.db.tutoring.interventions import propose
from bellwork.tasks.tutoring.interventions import evaluate_interventions
from bellwork.workers.testing import run_inline
from tests.helpers import eventually
from tests.tasks.tutoring.classroom import explained, interventions, predicted, run, tutor

if TYPE_CHECKING:
    from typing import Any

pytestmark = pytest.mark.usefixtures("database")

ALERT = "rule 5, rescheduling_alert"
_BY_HAND = """
INSERT INTO {tutoring}.interventions (intervention_id, tutor_id, intervention_type, status)
VALUES ('by hand', 't1', 'rescheduling_alert', 'pending')
"""
_WAITS = "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"


def test_too_few_sessions_hold_everything_back() -> None:
    """Two completed sessions in 30 days are too few for any rule, three are enough."""
    for tutor_id, sessions in (("few", 2), ("enough", 3)):
        tutor(tutor_id, reschedules=30, sessions=sessions)
        _look(tutor_id)

    assert [] == interventions("few")
    assert (False, "2 completed sessions in 30 days, at least 3 are needed") == _said("few", ALERT)
    assert ["rescheduling_alert"] == _types("enough")


def test_an_open_one_and_a_recent_one_hold_their_type_back() -> None:
    """Whatever became of the recent one; after seven days the type may come again, and an open one has to end first."""
    tutor("t1", reschedules=30)
    states = []
    for change in (
        "status = 'completed', recommended_date = now() - interval '6.9 days'",
        "status = 'cancelled'",
        "recommended_date = now() - interval '7.1 days'",
        "recommended_date = now() - interval '60 days'",
    ):
        _look("t1")
        states.append((len(interventions("t1")), explained("t1")[ALERT][0]))
        run(f"UPDATE {{tutoring}}.interventions SET {change}")  # noqa: S608 - a test's own text
    _look("t1")

    assert [(1, True), (1, False), (1, False), (2, True)] == states
    assert (False, "an intervention of this type is open") == _said("t1", ALERT)


def test_of_one_type_the_first_rule_begins_one() -> None:
    """Engagement below 60 and a new tutor below 4.2 both call for a training: one row, and the second says why not."""
    tutor("t1", engagement=50, tenure=20, rating=4.1)
    _look("t1")

    assert ["training_module"] == _types("t1")
    assert explained("t1")["rule 6, training_module"][0]
    assert (False, "rule 6 begins one of this type") == _said("t1", "rule 10, training_module")


def test_a_held_back_rule_gives_way_to_a_later_one_of_its_type() -> None:
    """An improvement plan whose week did not last hides nothing; five at most begin at once, the most urgent first."""
    odd: dict[str, Any] = {"first": 50, "reschedules": 30, "engagement": 50, "engagement_7d": 20, "rating": 3.9}
    tutor("t1", tier="At Risk", rating_7d=3.5, sessions_7d=0, **odd)
    _look("t1", score=40)
    run("UPDATE {tutoring}.churn_predictions SET churn_score = 40")
    fired = [rule for rule, (fired, _) in explained("t1").items() if fired]

    assert ["rule 4", "rule 5", "rule 6", "rule 7", "rule 8"] == [rule.partition(",")[0] for rule in fired]
    assert "no prediction on each of the last 7 days" in explained("t1")["rule 2, performance_improvement_plan"][1]
    assert (False, "rule 8 begins one of this type") == _said("t1", "rule 9, automated_coaching")


def test_the_sixth_waits() -> None:
    """Six rules of six types fire: five begin, and the least urgent is told that five are enough."""
    tutor("t1", first=50, reschedules=30, engagement=70, engagement_7d=90, rating=3.9, rating_7d=3.5)
    for days_ago in range(1, 7):
        predicted("t1", 70, days_ago)
    run("UPDATE {tutoring}.tutor_performance_metrics SET engagement_score = 50 WHERE \"window\" = '30day'")
    _look("t1", score=72)

    assert 5 == len(interventions("t1"))
    assert (False, "the first 5 rules that fire are enough at once") == _said("t1", "rule 12, recognition")


@pytest.mark.parametrize(
    ("scores", "today", "begins", "held"),
    [
        ([51] * 6, 51, True, None),
        ([51, 51, 50, 51, 51, 51], 51, False, "the lowest score of the last 7 days is 50, all must be above 50"),
        ([51] * 5, 51, False, "no prediction on each of the last 7 days; all must be above 50"),
        ([51] * 6, 50, False, "the lowest score of the last 7 days is 50, all must be above 50"),
    ],
)
def test_coaching_waits_for_a_week_above_50(scores: list[int], today: int, begins: bool, held: str | None) -> None:
    """The last prediction of each of the last seven UTC days counts; a day without one does not."""
    tutor("t1")
    for days_ago, score in enumerate(scores, start=1):
        predicted("t1", 10, days_ago + 0.00001)
        predicted("t1", score, days_ago)
    _look("t1", score=today)

    assert (["manager_coaching"] if begins else []) == [name for name in _types("t1") if name == "manager_coaching"]
    assert held in {None, _said("t1", "rule 3, manager_coaching")[1]}


def test_an_improvement_plan_waits_for_a_week_above_75() -> None:
    """Also where one of its three trends is not known: the other two are enough."""
    for tutor_id, score in (("lasts", 76), ("does_not", 75)):
        tutor(tutor_id, tier="At Risk", rating_7d=None, engagement_7d=40)
        for days_ago in range(1, 7):
            predicted(tutor_id, score, days_ago)
        _look(tutor_id, score=80)

    assert "performance_improvement_plan" in _types("lasts")
    assert "performance_improvement_plan" not in _types("does_not")


def test_a_prediction_is_looked_at_once() -> None:
    """Looked at again, late and at once: one row, one explanation; an older one after a newer says nothing."""
    tutor("t1", reschedules=30)
    predicted("t1", 10, 0.5, "older", looked_at=False)
    predicted("t1", 10, 0, "newer", looked_at=False)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(_propose, ["t1", None, "t1", None]))
    run_inline(evaluate_interventions, tutor_id="t1")
    run("UPDATE {tutoring}.prediction_keys SET evaluated_at = NULL WHERE source LIKE '%older'")
    run_inline(evaluate_interventions)

    assert ["rescheduling_alert"] == _types("t1")
    assert 1 == len(run("SELECT FROM {tutoring}.explanations"))


def test_what_was_begun_meanwhile_is_not_begun_again() -> None:
    """Whoever comes second waits for the unique index, finds the row taken, and says so."""
    tutor("t1", reschedules=30)
    predicted("t1", 10, 0, looked_at=False)
    with ThreadPoolExecutor(1) as pool:
        with engine().begin() as other:
            other.execute(sql(_BY_HAND))
            second = pool.submit(_propose, "t1")
            eventually(lambda: run(_WAITS), 30)
        second.result()

    assert ["by hand"] == [row["intervention_id"] for row in interventions("t1")]
    assert (False, "an intervention of this type was begun meanwhile") == _said("t1", ALERT)


def test_a_manager_overrides_a_prediction_in_words() -> None:
    """The rules read his score instead, at once; without words, beyond 100 or of nothing it is refused."""
    tutor("t1")
    prediction = predicted("t1", 80, 0)
    run("SELECT {tutoring}.override_prediction(:id, 'm1', 30, 'on leave until May')", id=prediction)
    run_inline(evaluate_interventions, tutor_id="t1")
    [kept] = run("SELECT * FROM {tutoring}.churn_overrides")
    refused = [
        ("x", "m1", 30, "why", "there is no prediction 'x'"),
        (prediction, "m1", 101, "why", "a score of 101 is not from 0 to 100"),
        (prediction, "m1", 30, " ", "without a name or a reason"),
    ]

    assert ["peer_mentoring"] == _types("t1")
    assert (30, "m1", "on leave until May") == (kept["churn_score"], kept["manager"], kept["reason"])
    for id_, manager, score, reason, message in refused:
        with pytest.raises(Exception, match=message):
            run(
                "SELECT {tutoring}.override_prediction(:id, :manager, :score, :reason)",
                id=id_,
                manager=manager,
                score=score,
                reason=reason,
            )


def _look(tutor_id: str, score: int = 10) -> None:
    predicted(tutor_id, score, 0, f"look {len(run('SELECT FROM {tutoring}.prediction_keys'))}", looked_at=False)
    run_inline(evaluate_interventions, tutor_id=tutor_id)


def _propose(tutor_id: str | None) -> None:
    with transaction() as conn:
        propose(conn, tutor_id)


def _types(tutor_id: str) -> list[str]:
    return [row["intervention_type"] for row in interventions(tutor_id)]


def _said(tutor_id: str, rule: str) -> tuple[bool, str]:
    fired, reason = explained(tutor_id)[rule]
    return fired, reason.partition("; held back: ")[2]
