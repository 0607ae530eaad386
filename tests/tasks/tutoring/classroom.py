"""Tutors with the rows that a test needs: days, figures and predictions, and what became of them."""

from __future__ import annotations

from typing import Any

from bellwork.db.engine import transaction
from bellwork.db.sql import sql

_TUTOR = """
INSERT INTO {tutoring}.tutors (tutor_id, name, email, onboarding_date, status, baseline_sessions_per_week)
VALUES (CAST(:id AS text), :name, CAST(:id AS text) || '@tutors.example', now() - make_interval(days => :tenure),
    :status, :baseline)
"""
_ROW = """
INSERT INTO {tutoring}.tutor_performance_metrics (metric_id, tutor_id, calculation_date, "window", sessions_completed,
    avg_rating, first_session_success_rate, reschedule_rate, no_show_count, engagement_score, performance_tier)
VALUES (concat_ws(' ', CAST(:id AS text), CAST(:window AS text), CAST(:ago AS int)), CAST(:id AS text),
    now() - make_interval(days => CAST(:ago AS int)), CAST(:window AS text), :sessions, :rating,
    :first, :reschedules, :no_shows, :engagement, :tier)
"""
_DAYS = """
INSERT INTO {tutoring}.tutor_days (tutor_id, day, sessions, completed, logins)
SELECT CAST(:id AS text), CAST(now() AT TIME ZONE 'UTC' AS date) - d, 1, 1, 2 FROM generate_series(0, 40) d
"""
_GOOD: dict[str, Any] = {
    "sessions": 30,
    "rating": 4.4,
    "first": 100,
    "reschedules": 5,
    "no_shows": 0,
    "engagement": 75,
    "tier": "Developing",
}


def run(statement: str, **asked: Any) -> list[dict[str, Any]]:
    """Run a statement, as an operator would by hand; returns its rows."""
    with transaction() as conn:
        result = conn.execute(sql(statement), asked)
        return [dict(row) for row in result.mappings()] if result.returns_rows else []


def tutor(tutor_id: str, *, tenure: int = 400, status: str = "active", baseline: float | None = 7, **odd: Any) -> str:
    """Insert a tutor with 40 even days and today's rows of figures; `odd` are figures of 30 days that differ.

    A name that ends in _7d is the figure of 7 days, which is else that of 30. Returns the id.
    """
    run(_TUTOR, id=tutor_id, name=f"Tutor {tutor_id}", tenure=tenure, status=status, baseline=baseline)
    run(_DAYS, id=tutor_id)
    figures(tutor_id, **odd)
    return tutor_id


def figures(tutor_id: str, ago: int = 0, **odd: Any) -> None:
    """Insert the rows of figures of a day that lies so many days back."""
    month = _GOOD | {name: value for name, value in odd.items() if not name.endswith("_7d")}
    week = month | {"sessions": round(month["sessions"] * 7 / 30)}
    week |= {name.removesuffix("_7d"): value for name, value in odd.items() if name.endswith("_7d")}
    for window, row in (("30day", month), ("7day", week)):
        run(_ROW, id=tutor_id, ago=ago, window=window, **row)


def days(tutor_id: str, change: str, since: int, until: int = 0) -> None:
    """Change a tutor's sums of days, of those that lie `since` to `until` days back."""
    run(
        f"UPDATE {{tutoring}}.tutor_days SET {change} WHERE tutor_id = :id"  # noqa: S608 - a test's own text
        " AND day BETWEEN CAST(now() AT TIME ZONE 'UTC' AS date) - :since"
        " AND CAST(now() AT TIME ZONE 'UTC' AS date) - :until",
        id=tutor_id,
        since=since,
        until=until,
    )


def predictions(tutor_id: str) -> list[dict[str, Any]]:
    """Return a tutor's predictions, the oldest first."""
    return run(
        "SELECT * FROM {tutoring}.churn_predictions WHERE tutor_id = :id ORDER BY prediction_date, prediction_id",
        id=tutor_id,
    )


def interventions(tutor_id: str) -> list[dict[str, Any]]:
    """Return a tutor's interventions by type."""
    return run(
        "SELECT * FROM {tutoring}.interventions WHERE tutor_id = :id ORDER BY intervention_type, recommended_date",
        id=tutor_id,
    )


def predicted(tutor_id: str, score: int, ago: float, source: str | None = None, *, looked_at: bool = True) -> str:
    """Insert a prediction of a score that was made so many days ago; returns its id."""
    made = f"{tutor_id} {source or ago}"
    run(
        "INSERT INTO {tutoring}.churn_predictions (prediction_id, tutor_id, prediction_date, churn_score, risk_level)"
        " VALUES (:made, :id, now() - make_interval(secs => 86400 * CAST(:ago AS float8)), :score, 'Low')",
        made=made,
        id=tutor_id,
        ago=ago,
        score=score,
    )
    run(
        "INSERT INTO {tutoring}.prediction_keys (tutor_id, source, prediction_id, day, predicted_at, evaluated_at)"
        " SELECT tutor_id, CAST(:made AS text), prediction_id,"
        " CAST(prediction_date AT TIME ZONE 'UTC' AS date), prediction_date,"
        " CASE WHEN :looked THEN now() END FROM {tutoring}.churn_predictions"
        " WHERE prediction_id = CAST(:made AS text)",
        made=made,
        looked=looked_at,
    )
    return made


def explained(tutor_id: str) -> dict[str, tuple[bool, str]]:
    """Return, by rule, whether it fired last and what was said of it."""
    rows = run("SELECT rule, fired, reason FROM {tutoring}.explanations WHERE tutor_id = :id ORDER BY id", id=tutor_id)
    return {row["rule"]: (row["fired"], row["reason"]) for row in rows}
