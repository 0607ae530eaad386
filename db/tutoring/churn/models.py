"""What models learn from, and which one is in use: predictions of 30 days ago and whether their tutors left since.

A sample is the last prediction of a tutor and UTC day, with the sub-scores and additions as they were known then, so
that nothing of later days is learned from. Its tutor left if `status_changes` has him churned within 30 days after it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bellwork.db.sql import sql
from bellwork.db.tutoring.churn.factors import ADDITIONS, FACTORS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection

#: Days after a prediction within which leaving counts, and days back that are learned from.
HORIZON, YEAR = 30, 395
#: A model's features, in their order: sub-scores from 0 to 1, then 1 for each addition that holds.
FEATURES = (*(each.name for each in FACTORS), *(each.name for each in ADDITIONS))
_FORMULA = " + ".join(f"(k.sub_scores ->> '{each.name}')::numeric * {each.weight}" for each in FACTORS)
_SAMPLES = f"""
SELECT DISTINCT ON (k.tutor_id, CAST(k.predicted_at AT TIME ZONE 'UTC' AS date))
       k.tutor_id, k.sub_scores, k.added,
       least(100, round({_FORMULA} + (SELECT coalesce(sum(a.value::numeric), 0) FROM jsonb_each_text(k.added) a)))
           AS formula,
       EXISTS (SELECT FROM {{tutoring}}.status_changes c
               WHERE c.tutor_id = k.tutor_id AND c.after = 'churned' AND c.at > k.predicted_at
                 AND c.at <= k.predicted_at + interval '{HORIZON} days') AS has_left
FROM {{tutoring}}.prediction_keys k
WHERE k.predicted_at <= now() - interval '{HORIZON} days' AND k.predicted_at > now() - interval '{YEAR} days'
  AND k.sub_scores IS NOT NULL
ORDER BY k.tutor_id, CAST(k.predicted_at AT TIME ZONE 'UTC' AS date), k.predicted_at DESC, k.prediction_id DESC
"""  # noqa: S608 - fragments of ours, values are bound
_RETIRE = "UPDATE {tutoring}.churn_models SET in_use = false WHERE in_use"
_ENTER = """
INSERT INTO {tutoring}.churn_models (version, in_use, samples, report, verdict, intercept, coefficients, artefact)
VALUES (:version, :in_use, :samples, CAST(:report AS jsonb), :verdict, CAST(:intercept AS numeric),
        CAST(:coefficients AS jsonb), :artefact)
ON CONFLICT (version) DO UPDATE SET in_use = excluded.in_use, verdict = excluded.verdict
"""
_LATEST = """
SELECT version, made_at, in_use, samples, report, verdict FROM {tutoring}.churn_models
ORDER BY made_at DESC, version DESC LIMIT 1
"""


@dataclass(frozen=True)
class Sample:
    """One prediction: its features in the order of FEATURES, the formula's score, and whether the tutor left."""

    tutor_id: str
    features: tuple[float, ...]
    formula: float
    has_left: bool


@dataclass(frozen=True)
class Model:
    """A training's outcome; without coefficients there is no model, and `verdict` says why."""

    version: str
    in_use: bool
    samples: int
    verdict: str
    report: Mapping[str, Any]
    intercept: float | None = None
    coefficients: Mapping[str, float] | None = None
    artefact: str | None = None


def samples(conn: Connection) -> list[Sample]:
    """Return what can be learned from today, by tutor and day."""
    return [
        Sample(
            row.tutor_id,
            (
                *(float(row.sub_scores[each.name]) / 100 for each in FACTORS),
                *(float(each.name in row.added) for each in ADDITIONS),
            ),
            float(row.formula),
            row.has_left,
        )
        for row in conn.execute(sql(_SAMPLES))
    ]


def enter_model(conn: Connection, model: Model, *, alone: bool = True) -> None:
    """Enter a training's outcome; with `alone` whichever model was in use before is so no more.

    The next prediction reads the one in use, or the formula where none is.
    """
    if alone:
        conn.execute(sql(_RETIRE))
    asked = {
        "version": model.version,
        "in_use": model.in_use,
        "samples": model.samples,
        "report": json.dumps(model.report),
        "verdict": model.verdict,
        "intercept": None if model.intercept is None else repr(model.intercept),
        "coefficients": None if model.coefficients is None else json.dumps(model.coefficients),
        "artefact": model.artefact,
    }
    conn.execute(sql(_ENTER), asked)


def latest_model(conn: Connection) -> dict[str, Any] | None:
    """Return the newest training's outcome, in use or not; None where nothing was ever trained."""
    row = conn.execute(sql(_LATEST)).mappings().one_or_none()
    return dict(row) if row else None
