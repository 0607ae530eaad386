"""Writes predictions: for one tutor or for all, each key once, by one statement that reads the figures and scores them.

The newest model in use scores, the formula where there is none; `model_version` says which one did.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bellwork.db.sql import sql
from bellwork.db.tutoring.churn.factors import (
    ADDED,
    ADDITIONS,
    FACTORS,
    MODEL_VERSION,
    POINTS,
    SUB_SCORES,
    WINDOWS,
    band,
    probability,
)
from bellwork.db.tutoring.churn.figures import DAY, FIGURES

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from sqlalchemy import Connection

# What a model was trained on: sub-scores from 0 to 1, and 1 for each addition that holds.
_FEATURES = (
    "jsonb_build_object("
    + ", ".join(
        [f"'{each.name}', (s.sub_scores ->> '{each.name}')::numeric / 100" for each in FACTORS]
        + [f"'{each.name}', CASE WHEN s.added ? '{each.name}' THEN 1 ELSE 0 END" for each in ADDITIONS]
    )
    + ")"
)
_MODEL = """
model AS MATERIALIZED (
    SELECT version, intercept, coefficients FROM {tutoring}.churn_models WHERE in_use
)"""
#: From the figures `f` to a score: `s` has the sub-scores, `scored` the score with what brought it.
SCORED = f"""
s AS MATERIALIZED (
    SELECT f.*, {SUB_SCORES} AS sub_scores, {ADDED} AS added FROM f
), parts AS MATERIALIZED (
    SELECT s.*, coalesce(model.version, '{MODEL_VERSION}') AS version, model.intercept, CASE
        WHEN model.version IS NULL THEN {POINTS}
        ELSE (SELECT jsonb_object_agg(x.key, round(CAST(x.value AS numeric) * coalesce(
                  CAST(model.coefficients ->> x.key AS numeric), 0), 4)) FROM jsonb_each_text({_FEATURES}) x)
        END AS points
    FROM s LEFT JOIN model ON true
), scored AS (
    SELECT parts.*, CAST(least(100, greatest(0, CASE
        WHEN parts.intercept IS NULL THEN round(total.points)
        ELSE round(CAST(100 / (1 + exp(-(CAST(parts.intercept AS float8) + total.points))) AS numeric)) END)) AS int)
        AS score
    FROM parts CROSS JOIN LATERAL (
        SELECT coalesce(sum(CAST(p.value AS numeric)), 0) AS points FROM jsonb_each_text(parts.points) p
    ) AS total
)"""  # noqa: S608 - fragments of ours, values are bound
_WINDOWS = ", ".join(f"window_{days}day_probability" for days in WINDOWS)
_PROBABILITIES = ", ".join(probability("k.score", days) for days in WINDOWS)
# One key: a tutor with the event that asked, or with the UTC day and the model of a nightly run.
_SOURCE = f"coalesce(CAST(:source AS text), 'day ' || {DAY} || ' ' || scored.version)"
_ID = "'churn_' || left(encode(sha256(convert_to(keyed.tutor_id || '|' || keyed.source, 'UTF8')), 'hex'), 40)"
_PREDICT = f"""
WITH {FIGURES}, {_MODEL}, {SCORED}, keyed AS (
    SELECT scored.*, {_SOURCE} AS source FROM scored
), k AS (
    SELECT keyed.*, {_ID} AS prediction_id FROM keyed
), new AS (
    INSERT INTO {{tutoring}}.churn_predictions (prediction_id, tutor_id, prediction_date, churn_score, risk_level,
        {_WINDOWS}, contributing_factors, model_version)
    SELECT k.prediction_id, k.tutor_id, now(), k.score, {band("k.score")}, {_PROBABILITIES},
           (SELECT coalesce(jsonb_object_agg(p.key, CAST(p.value AS numeric)), '{{}}') FROM jsonb_each_text(k.points) p
            WHERE CAST(p.value AS numeric) <> 0), k.version
    FROM k ORDER BY k.tutor_id
    ON CONFLICT (prediction_id) DO NOTHING
    RETURNING prediction_id, tutor_id, churn_score, risk_level, model_version
), inputs AS (
    INSERT INTO {{tutoring}}.prediction_keys (tutor_id, source, prediction_id, day, figures, sub_scores, added)
    SELECT new.tutor_id, k.source, new.prediction_id, {DAY}, to_jsonb(f) - 'tutor_id', k.sub_scores, k.added
    FROM new JOIN k ON k.prediction_id = new.prediction_id JOIN f ON f.tutor_id = new.tutor_id
)
SELECT prediction_id, tutor_id, churn_score, risk_level, model_version FROM new
"""  # noqa: S608 - fragments of ours, values are bound
_IS_TUTOR = "SELECT EXISTS (SELECT FROM {tutoring}.tutors WHERE tutor_id = :tutor)"


@dataclass(frozen=True)
class Predicted:
    """A prediction that was written; `score` is 0 to 100, `risk` its band."""

    id: str
    tutor_id: str
    score: int
    risk: str
    version: str


def predict(
    conn: Connection, source: str | None, tutors: Sequence[str] | None = None, day: date | None = None
) -> list[Predicted]:
    """Write the predictions of these tutors (of all), from the figures of a UTC day (of today); returns the new ones.

    `source` names the event that asked; without it the key is the day and the model. Who has churned gets none.
    """
    asked = {"day": day, "source": source, "tutors": list(tutors or ())}
    who = "" if tutors is None else "AND t.tutor_id = ANY(CAST(:tutors AS text[]))"
    return [Predicted(*row) for row in conn.execute(sql(_PREDICT.replace("{who}", who)), asked)]


def is_tutor(conn: Connection, tutor_id: str) -> bool:
    """Tell whether there is a tutor of this id, whatever his status."""
    return bool(conn.execute(sql(_IS_TUTOR), {"tutor": tutor_id}).scalar_one())
