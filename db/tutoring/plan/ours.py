"""Our own tables beside the document's: sums of days, the log of changes, and what was explained, promised and kept."""

from __future__ import annotations

from bellwork.db.migrations.plan import Table

_ID = "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY"
_TUTOR = "VARCHAR(50) NOT NULL REFERENCES {tutoring}.tutors(tutor_id) ON DELETE CASCADE"
_COUNT = "INTEGER NOT NULL DEFAULT 0"
_SUM = "NUMERIC NOT NULL DEFAULT 0"

OURS = {
    "tutor_days": Table(
        {
            "tutor_id": _TUTOR,
            "day": "DATE NOT NULL",
            "sessions": _COUNT,
            "completed": _COUNT,
            "no_shows": _COUNT,
            "reschedules": _COUNT,
            "on_time": _COUNT,
            "objectives": _COUNT,
            "objectives_met": _COUNT,
            "engaged": _COUNT,
            "engagement": _SUM,
            "rated": _COUNT,
            "ratings": _COUNT,
            "first_rated": _COUNT,
            "first_good": _COUNT,
            "first_poor": _COUNT,
            "first_troubled": _COUNT,
            "logins": _COUNT,
            "responses": _COUNT,
            "response_minutes": _SUM,
        },
        rules=("PRIMARY KEY (tutor_id, day)",),
    ),
    "tutor_states": Table(
        {
            "tutor_id": "VARCHAR(50) PRIMARY KEY REFERENCES {tutoring}.tutors(tutor_id) ON DELETE CASCADE",
            "rolled_through": "DATE",
            "computed_at": "TIMESTAMPTZ",
            "tier": "VARCHAR(50)",
            "flags": "VARCHAR(6)",
            "failed_at": "TIMESTAMPTZ",
            "error": "TEXT",
        },
    ),
    "buckets": Table({"bucket": "SMALLINT PRIMARY KEY"}),
    "changes": Table(
        {
            "id": _ID,
            "bucket": "SMALLINT NOT NULL",
            "tutor_id": "TEXT NOT NULL",
            "at": "TIMESTAMPTZ",
            "noted_at": "TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp()",
        },
    ),
    "metric_runs": Table(
        {
            "job_id": "BIGINT PRIMARY KEY",
            "day": "DATE NOT NULL",
            "started_at": "TIMESTAMPTZ NOT NULL",
            "compared_through": "DATE",
            "finished_at": "TIMESTAMPTZ",
            "closes": "BOOLEAN NOT NULL",
            "tutors": _COUNT,
            "corrected": _COUNT,
            "failed": "VARCHAR[] NOT NULL DEFAULT '{}'",
            "reason": "TEXT",
        },
    ),
    "insights": Table(
        {
            "id": _ID,
            "computed_at": "TIMESTAMPTZ NOT NULL",
            "tutors": "INTEGER NOT NULL",
            "changes": "INTEGER NOT NULL",
            "late": "INTEGER NOT NULL",
            "slowest_seconds": "NUMERIC NOT NULL",
        },
    ),
    "prediction_keys": Table(
        {
            "tutor_id": _TUTOR,
            "source": "VARCHAR(200) NOT NULL",
            "prediction_id": (
                "VARCHAR(50) NOT NULL REFERENCES {tutoring}.churn_predictions(prediction_id) ON DELETE CASCADE"
            ),
        },
        rules=("PRIMARY KEY (tutor_id, source)",),
    ),
    "explanations": Table(
        {
            "id": _ID,
            "tutor_id": _TUTOR,
            "at": "TIMESTAMPTZ NOT NULL DEFAULT now()",
            "rule": "VARCHAR(100) NOT NULL",
            "fired": "BOOLEAN NOT NULL",
            "reason": "TEXT NOT NULL",
            "facts": "JSONB NOT NULL DEFAULT '{}'",
            "prediction_id": ("VARCHAR(50) REFERENCES {tutoring}.churn_predictions(prediction_id) ON DELETE CASCADE"),
            "intervention_id": ("VARCHAR(50) REFERENCES {tutoring}.interventions(intervention_id) ON DELETE CASCADE"),
        },
    ),
    "escalations": Table(
        {
            "intervention_id": (
                "VARCHAR(50) NOT NULL REFERENCES {tutoring}.interventions(intervention_id) ON DELETE CASCADE"
            ),
            "level": "SMALLINT NOT NULL",
            "at": "TIMESTAMPTZ NOT NULL DEFAULT now()",
            "told": "VARCHAR(50)",
            "reason": "TEXT NOT NULL",
        },
        rules=("PRIMARY KEY (intervention_id, level)",),
    ),
    "addresses": Table(
        {
            "person_id": "VARCHAR(50) PRIMARY KEY",
            "email": "VARCHAR(320) NOT NULL",
            "set_at": "TIMESTAMPTZ NOT NULL DEFAULT now()",
        },
    ),
}
