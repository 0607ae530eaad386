"""The churn score's parts and the twelve rules, evaluated by PostgreSQL on both sides of each threshold."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import text

from bellwork.db.engine import engine
from bellwork.db.tutoring.churn.factors import (
    ADDITIONS,
    BANDS,
    FACTORS,
    MODEL_VERSION,
    WINDOWS,
    band,
    probability,
)
from bellwork.db.tutoring.churn.predict import SCORED
from bellwork.db.tutoring.interventions.rules import RULES

#: A tutor of whom nothing is known, and nothing is odd.
QUIET: dict[str, Any] = {
    "tutor_id": ("text", "t1"),
    "login_drop": ("numeric", None),
    "engagement_drop": ("numeric", None),
    "rating_drop": ("numeric", None),
    "reschedule_rate": ("numeric", None),
    "reschedules_7d": ("bigint", 0),
    "first_success": ("numeric", None),
    "no_shows_30d": ("integer", None),
    "no_shows_14d": ("bigint", 0),
    "poor_first_session": ("boolean", False),
    "tenure_days": ("integer", 365),
    "session_gap_days": ("integer", 0),
    "baseline_shortfall": ("numeric", None),
}
#: A signal, its value, the sub-score's name and what it has to be: 60 at the document's threshold, 100 at five thirds.
SUB_SCORES: list[tuple[dict[str, Any], str, float]] = [
    ({"login_drop": 0}, "engagement_decline", 0),
    ({"login_drop": -1}, "engagement_decline", 0),
    ({"login_drop": 0.299}, "engagement_decline", 59.8),
    ({"login_drop": 0.30}, "engagement_decline", 60),
    ({"login_drop": 0.40}, "engagement_decline", 80),
    ({"login_drop": 0.50}, "engagement_decline", 100),
    ({"login_drop": 0.51}, "engagement_decline", 100),
    ({"engagement_drop": 20}, "engagement_decline", 60),
    ({"engagement_drop": 10, "login_drop": 0.1}, "engagement_decline", 30),
    ({"engagement_drop": -5}, "engagement_decline", 0),
    ({"rating_drop": 0.25}, "performance_trend", 30),
    ({"rating_drop": 0.50}, "performance_trend", 60),
    ({"rating_drop": 0.84}, "performance_trend", 100),
    ({"rating_drop": -1}, "performance_trend", 0),
    ({"reschedule_rate": 15}, "reschedule_pattern", 60),
    ({"reschedule_rate": 5, "reschedules_7d": 3}, "reschedule_pattern", 60),
    ({"reschedules_7d": 5}, "reschedule_pattern", 100),
    ({"first_success": 100}, "first_session_quality", 0),
    ({"first_success": 70}, "first_session_quality", 60),
    ({"first_success": 50}, "first_session_quality", 100),
    ({"no_shows_30d": 0}, "no_show_risk", 0),
    ({"no_shows_30d": 3}, "no_show_risk", 60),
    ({"no_shows_30d": 6}, "no_show_risk", 100),
    ({"tenure_days": 0}, "tenure_risk", 100),
    ({"tenure_days": 30}, "tenure_risk", 60),
    ({"tenure_days": 74}, "tenure_risk", 1.3333),
    ({"tenure_days": 75}, "tenure_risk", 0),
    ({"session_gap_days": 14}, "availability_reduction", 60),
    ({"session_gap_days": 24}, "availability_reduction", 100),
    ({"baseline_shortfall": 0.50}, "availability_reduction", 60),
    ({"baseline_shortfall": 0.25, "session_gap_days": 7}, "availability_reduction", 30),
]
ADDED: list[tuple[dict[str, Any], dict[str, int]]] = [
    ({"poor_first_session": True}, {"poor_first_session": 15}),
    ({"reschedules_7d": 3}, {}),
    ({"reschedules_7d": 4}, {"rescheduling": 20}),
    ({"no_shows_14d": 1}, {"absence": 25}),
    ({"login_drop": 0.30, "no_shows_30d": 3}, {}),
    ({"login_drop": 0.3001, "no_shows_30d": 2}, {}),
    ({"login_drop": 0.3001, "no_shows_30d": 3}, {"absence": 25}),
    (
        {"poor_first_session": True, "reschedules_7d": 4, "no_shows_14d": 2},
        {"poor_first_session": 15, "rescheduling": 20, "absence": 25},
    ),
]
#: Whole scores: the weighted sum and the additions, rounded half away from zero, at most 100.
SCORES: list[tuple[dict[str, Any], int]] = [
    ({}, 0),
    ({"login_drop": 0.30}, 15),  # 60 x 0.25
    ({"login_drop": 0.50, "rating_drop": 0.50}, 37),  # 25 + 12
    ({"tenure_days": 30, "session_gap_days": 14}, 9),  # 6 + 3
    ({"rating_drop": 0.02}, 0),  # 2.4 x 0.20 = 0.48
    ({"rating_drop": 0.021}, 1),  # 2.52 x 0.20 = 0.504
    ({"session_gap_days": 7, "rating_drop": 0.25}, 8),  # 1.5 + 6 = 7.5
    (
        {
            "login_drop": 1,
            "rating_drop": 2,
            "reschedule_rate": 90,
            "first_success": 0,
            "no_shows_30d": 9,
            "tenure_days": 0,
            "session_gap_days": 30,
            "no_shows_14d": 4,
            "reschedules_7d": 9,
        },
        100,
    ),
]
#: The facts of a tutor about whom no rule says anything.
PLAIN: dict[str, Any] = {
    "score": ("integer", 10),
    "risk_level": ("text", "Low"),
    "tier": ("text", "Developing"),
    "rating": ("numeric", 4.3),
    "rating_drop": ("numeric", 0),
    "engagement": ("numeric", 70),
    "engagement_drop": ("numeric", 0),
    "first_success": ("numeric", 80),
    "reschedule_rate": ("numeric", 5),
    "volume_drop": ("numeric", 0),
    "tenure_days": ("integer", 365),
}
#: Facts, and the numbers of all the rules that fire then.
FIRE: list[tuple[dict[str, Any], list[int]]] = [
    ({}, []),
    ({"score": 49}, []),
    ({"score": 50}, [3]),
    ({"score": 69}, [3]),
    ({"score": 70}, [1]),
    ({"score": 100}, [1]),
    ({"tier": "At Risk"}, []),
    ({"tier": "At Risk", "rating_drop": 0.50}, []),
    ({"tier": "At Risk", "rating_drop": 0.51}, [2]),
    ({"tier": "At Risk", "engagement_drop": 20}, []),
    ({"tier": "At Risk", "engagement_drop": 20.01}, [2]),
    ({"rating_drop": 0.51, "engagement_drop": 20.01}, [2]),
    ({"tier": "At Risk", "rating_drop": None, "engagement_drop": 21}, [2]),
    ({"tier": None, "rating_drop": None, "engagement_drop": None}, []),
    ({"first_success": 60}, []),
    ({"first_success": 59.99}, [4]),
    ({"reschedule_rate": 20}, []),
    ({"reschedule_rate": 20.01}, [5]),
    ({"engagement": 60}, []),
    ({"engagement": 59.99}, [6]),
    ({"risk_level": "Medium"}, [7]),
    ({"risk_level": "High"}, []),
    ({"rating_drop": 0.29, "rating": 3.9}, []),
    ({"rating_drop": 0.30, "rating": 3.9}, [8]),
    ({"rating_drop": 0.50, "rating": 3.99}, [8]),
    ({"rating_drop": 0.51, "rating": 3.9}, []),
    ({"rating_drop": 0.30, "rating": 4.0}, []),
    ({"volume_drop": 0.30}, []),
    ({"volume_drop": 0.3001}, [9]),
    ({"tenure_days": 6, "rating": 4.1}, []),
    ({"tenure_days": 7, "rating": 4.1}, [10]),
    ({"tenure_days": 29, "rating": 4.19}, [10]),
    ({"tenure_days": 30, "rating": 4.1}, []),
    ({"tenure_days": 7, "rating": 4.2}, []),
    ({"tier": "Strong", "rating": 4.49, "engagement": 80}, []),
    ({"tier": "Strong", "rating": 4.5, "engagement": 80}, [11]),
    ({"tier": "Exemplary", "rating": 4.5, "engagement": 79.99}, []),
    ({"tier": "Exemplary", "rating": 4.9, "engagement": 95}, [11]),
    ({"rating_drop": -0.30}, []),
    ({"rating_drop": -0.31}, [12]),
    ({"engagement_drop": -15}, []),
    ({"engagement_drop": -15.01}, [12]),
    ({name: None for name in PLAIN if name not in {"score", "risk_level", "tenure_days"}}, []),
]
DUE = {1: 2, 2: 2, 3: 5, 4: 5, 5: 5, 6: 5, 7: 10, 8: 5, 9: 7, 10: 5, 11: 7, 12: 7}

pytestmark = pytest.mark.usefixtures("database")


def test_every_part_of_the_score() -> None:
    """Sub-scores, additions and whole scores of all vectors, in one statement: what predictions are made of."""
    vectors = [given for given, *_ in SUB_SCORES] + [given for given, _ in ADDED] + [given for given, _ in SCORES]
    with engine().connect() as conn:
        statement = f"""
            WITH f AS ({_rows(QUIET, vectors)}), model AS (
                SELECT NULL::text AS version, NULL::numeric AS intercept, NULL::jsonb AS coefficients WHERE false
            ), {SCORED} SELECT sub_scores, added, points, score, version FROM scored ORDER BY n"""  # noqa: S608 - vectors of ours
        found = conn.execute(text(statement)).all()
    of_parts, of_added = found[: len(SUB_SCORES)], found[len(SUB_SCORES) : len(SUB_SCORES) + len(ADDED)]

    for (given, name, part), row in zip(SUB_SCORES, of_parts, strict=True):
        assert (part, given) == (float(row.sub_scores[name]), given)
    for (given, expected), row in zip(ADDED, of_added, strict=True):
        assert (expected, given) == (row.added, given)
    for (given, score), row in zip(SCORES, found[-len(SCORES) :], strict=True):
        assert (score, given) == (row.score, given)
    assert {MODEL_VERSION} == {row.version for row in found}
    assert all(0 <= value <= 100 for row in found for value in row.sub_scores.values())


def test_weights_bands_and_windows_are_the_documents() -> None:
    """The weights add to 1; a score of 25, 50 and 75 is the last of its band; later windows are never less likely."""
    scores = ", ".join(f"({score})" for score in range(101))
    shown = ", ".join(f"{probability('s.score', days)} AS p{days}" for days in WINDOWS)
    with engine().connect() as conn:
        rows = conn.execute(
            text(f"SELECT s.score, {band('s.score')} AS band, {shown} FROM (VALUES {scores}) s(score) ORDER BY 1")  # noqa: S608
        ).all()

    assert 1 == round(sum(each.weight for each in FACTORS), 10)
    assert {"poor_first_session": 15, "rescheduling": 20, "absence": 25} == {e.name: e.points for e in ADDITIONS}
    assert ["Low", "Medium", "High", "Critical"] == [name for name, _ in BANDS]
    edges = [0, 25, 26, 50, 51, 75, 76, 100]
    bands = ["Low", "Low", "Medium", "Medium", "High", "High", "Critical", "Critical"]
    assert bands == [rows[score].band for score in edges]
    for row in rows:
        assert 0 <= row.p1 <= row.p7 <= row.p30 <= row.p90 <= 1
        assert abs(row.p30 - row.score / 100) < 1e-12
    assert abs(rows[50].p1 - (1 - 0.5 ** (1 / 30))) < 1e-12
    assert abs(rows[50].p90 - 0.875) < 1e-12


def test_every_rule_on_both_sides_of_its_threshold() -> None:
    """Exactly the rules that are to fire do, and an unknown figure fires nothing; each says so with its figures."""
    fires = ", ".join(f"coalesce({rule.fires}, false)" for rule in RULES)
    says = ", ".join(rule.says for rule in RULES)
    with engine().connect() as conn:
        statement = f"""
            WITH f AS ({_rows(PLAIN, [given for given, _ in FIRE])})
            SELECT ARRAY[{fires}] AS fires, ARRAY[{says}] AS says FROM f ORDER BY n"""  # noqa: S608 - as above
        rows = conn.execute(text(statement)).all()

    for (given, expected), row in zip(FIRE, rows, strict=True):
        fired = [rule.number for rule, fires in zip(RULES, row.fires, strict=True) if fires]
        assert (expected, given) == (fired, given)
        assert all(row.says)


def test_due_days_and_weeks_that_have_to_last_are_the_documents() -> None:
    """Each rule's due days, and the score that a week must have been above for coaching and improvement plans."""
    assert DUE == {rule.number: rule.due_days for rule in RULES}
    assert list(range(1, 13)) == [rule.number for rule in RULES]
    assert {2: 75, 3: 50} == {rule.number: rule.lasting for rule in RULES if rule.lasting is not None}
    assert {1, 2, 3, 4, 7} == {rule.number for rule in RULES if rule.who != "automatic"}


def _rows(columns: dict[str, Any], vectors: list[dict[str, Any]]) -> str:
    """Return a SELECT of a row for each vector, what it leaves out as in `columns`, numbered by `n`."""
    unknown = {name for vector in vectors for name in vector} - set(columns)
    assert not unknown
    rows = [
        ", ".join(f"CAST({_literal(vector.get(name, usual))} AS {kind})" for name, (kind, usual) in columns.items())
        for vector in vectors
    ]
    listed = ", ".join(f"({number}, {row})" for number, row in enumerate(rows))
    return f"SELECT * FROM (VALUES {listed}) AS v(n, {', '.join(columns)})"  # noqa: S608 - as above


def _literal(value: object) -> str:
    return "NULL" if value is None else f"'{value}'"
