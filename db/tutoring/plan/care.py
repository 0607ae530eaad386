"""What the second revision builds: what predictions are made of, models, managers' words, and the office's tables."""

from __future__ import annotations

from bellwork.db.migrations.plan import Plan, Table
from bellwork.db.tutoring.plan.ours import OURS
from bellwork.db.tutoring.plan.tables import TABLES as DOCUMENT

_ID = "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY"
_TUTOR = "VARCHAR(50) NOT NULL REFERENCES {tutoring}.tutors(tutor_id) ON DELETE CASCADE"
_NOW = "TIMESTAMPTZ NOT NULL DEFAULT now()"

#: What prediction_keys is given: the UTC day whose rows were read, what was found there, and when the rules saw it.
MADE_OF = {
    "day": "DATE",
    "figures": "JSONB",
    "sub_scores": "JSONB",
    "added": "JSONB",
    "predicted_at": _NOW,
    "evaluated_at": "TIMESTAMPTZ",
}
TABLES = {
    "interventions": DOCUMENT["interventions"],
    "prediction_keys": OURS["prediction_keys"],
    "churn_overrides": Table(
        {
            "prediction_id": (
                "VARCHAR(50) PRIMARY KEY REFERENCES {tutoring}.churn_predictions(prediction_id) ON DELETE CASCADE"
            ),
            "churn_score": "INTEGER NOT NULL",
            "manager": "VARCHAR(50) NOT NULL",
            "reason": "TEXT NOT NULL",
            "at": _NOW,
        },
    ),
    "churn_models": Table(
        {
            "version": "VARCHAR(50) PRIMARY KEY",
            "made_at": _NOW,
            "in_use": "BOOLEAN NOT NULL",
            "samples": "INTEGER NOT NULL",
            "report": "JSONB NOT NULL",
            "verdict": "TEXT NOT NULL",
            "intercept": "NUMERIC",
            "coefficients": "JSONB",
            "artefact": "TEXT",
        },
    ),
    "approvals": Table(
        {
            "intervention_id": (
                "VARCHAR(50) PRIMARY KEY REFERENCES {tutoring}.interventions(intervention_id) ON DELETE CASCADE"
            ),
            "approved": "BOOLEAN NOT NULL",
            "manager": "VARCHAR(50) NOT NULL",
            "reason": "TEXT",
            "at": _NOW,
        },
    ),
    "status_changes": Table(
        {
            "id": _ID,
            "tutor_id": _TUTOR,
            "before": "VARCHAR(50)",
            "after": "VARCHAR(50) NOT NULL",
            "why": "TEXT NOT NULL",
            "at": _NOW,
        },
    ),
    "first_session_risks": Table(
        {
            "session_id": "VARCHAR(50) PRIMARY KEY REFERENCES {tutoring}.sessions(session_id) ON DELETE CASCADE",
            "tutor_id": _TUTOR,
            "probability": "NUMERIC NOT NULL",
            "rated": "INTEGER NOT NULL",
            "poor": "INTEGER NOT NULL",
            "at": _NOW,
        },
    ),
    "reschedule_alerts": Table(
        {
            "tutor_id": _TUTOR,
            "week": "DATE NOT NULL",
            "in_7_days": "INTEGER NOT NULL",
            "in_14_days": "INTEGER NOT NULL",
            "escalated": "BOOLEAN NOT NULL",
            "at": _NOW,
        },
        rules=("PRIMARY KEY (tutor_id, week)",),
    ),
    "reports": Table(
        {
            "report": "VARCHAR(50) NOT NULL",
            "period": "DATE NOT NULL",
            "figures": "JSONB NOT NULL",
            "url": "TEXT NOT NULL",
            "at": _NOW,
        },
        rules=("PRIMARY KEY (report, period)",),
    ),
    "alerts": Table(
        {
            "kind": "VARCHAR(50) NOT NULL",
            '"window"': "TIMESTAMPTZ NOT NULL",
            "said": "TEXT NOT NULL",
            "at": _NOW,
        },
        rules=('PRIMARY KEY (kind, "window")',),
    ),
    "health": Table(
        {
            "id": _ID,
            "kind": "VARCHAR(50) NOT NULL",
            "ok": "BOOLEAN NOT NULL",
            "figures": "JSONB NOT NULL",
            "at": _NOW,
        },
    ),
}
INDEXES = {
    "prediction_keys": {
        "ix_prediction_keys_unlooked": "(tutor_id) WHERE evaluated_at IS NULL",
        "ix_prediction_keys_predicted": "(predicted_at)",
    },
    "interventions": {
        "ix_interventions_recent": "(tutor_id, intervention_type, recommended_date)",
        "ix_interventions_due": "(due_date) WHERE status IN ('pending', 'in_progress')",
    },
    # One model is in use, or none.
    "churn_models": {"ux_churn_models_in_use": "UNIQUE (in_use) WHERE in_use"},
    "status_changes": {"ix_status_changes_tutor": "(tutor_id, at)"},
    "first_session_risks": {"ix_first_session_risks_tutor": "(tutor_id)"},
    "health": {"ix_health_at": "(at)"},
}
CHECKS = {
    "churn_overrides": {
        "churn_overrides_churn_score_check": "churn_score BETWEEN 0 AND 100",
        "churn_overrides_reason_check": "reason ~ '[^[:space:]]'",
    },
    # A model that is not there cannot be used.
    "churn_models": {
        "churn_models_in_use_check": "NOT in_use OR num_nulls(intercept, coefficients, artefact) = 0",
    },
    "first_session_risks": {"first_session_risks_probability_check": "probability BETWEEN 0 AND 1"},
}
_DECIDE = """
CREATE OR REPLACE FUNCTION {tutoring}.decide_intervention(
    intervention text, manager text, approved boolean, reason text DEFAULT NULL
) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    found {tutoring}.interventions%ROWTYPE;
BEGIN
    SELECT * INTO found FROM {tutoring}.interventions i WHERE i.intervention_id = decide_intervention.intervention
    FOR UPDATE;
    IF found.intervention_id IS NULL THEN
        RAISE EXCEPTION 'there is no intervention %', quote_literal(intervention)
            USING ERRCODE = 'no_data_found', HINT = 'its id stands in interventions.intervention_id';
    ELSIF found.assigned_to = 'automatic' THEN
        RAISE EXCEPTION 'intervention % is automatic and waits for nobody', quote_literal(intervention)
            USING ERRCODE = 'invalid_parameter_value';
    ELSIF coalesce(btrim(manager), '') = '' THEN
        RAISE EXCEPTION 'nobody is named who decides about intervention %', quote_literal(intervention)
            USING ERRCODE = 'invalid_parameter_value', HINT = 'give the id of a manager';
    ELSIF NOT approved AND coalesce(btrim(reason), '') = '' THEN
        RAISE EXCEPTION 'intervention % is refused without a reason', quote_literal(intervention)
            USING ERRCODE = 'invalid_parameter_value', HINT = 'give one in words';
    ELSIF found.status <> 'pending' THEN
        RAISE EXCEPTION 'intervention % is %, and only a pending one is decided', quote_literal(intervention),
            found.status
            USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    INSERT INTO {tutoring}.approvals (intervention_id, approved, manager, reason)
    VALUES (intervention, approved, manager, reason);
    UPDATE {tutoring}.interventions i SET status = CASE WHEN approved THEN 'in_progress' ELSE 'cancelled' END,
        updated_at = now()
    WHERE i.intervention_id = intervention RETURNING i.status INTO found.status;
    RETURN found.status;
END $$
"""
_OVERRIDE = """
CREATE OR REPLACE FUNCTION {tutoring}.override_prediction(
    prediction text, manager text, score integer, reason text
) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF coalesce(btrim(reason), '') = '' OR coalesce(btrim(manager), '') = '' THEN
        RAISE EXCEPTION 'prediction % is overridden without a name or a reason', quote_literal(prediction)
            USING ERRCODE = 'invalid_parameter_value', HINT = 'give the id of a manager, and the reason in words';
    ELSIF score IS NULL OR score NOT BETWEEN 0 AND 100 THEN
        RAISE EXCEPTION 'a score of % is not from 0 to 100', coalesce(score::text, 'NULL')
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    INSERT INTO {tutoring}.churn_overrides (prediction_id, churn_score, manager, reason)
    VALUES (prediction, score, manager, reason)
    ON CONFLICT (prediction_id) DO UPDATE SET churn_score = excluded.churn_score, manager = excluded.manager,
        reason = excluded.reason, at = now();
    UPDATE {tutoring}.prediction_keys SET evaluated_at = NULL WHERE prediction_id = prediction;
    PERFORM bellwork.enqueue('tutoring.evaluate_interventions',
        jsonb_build_object('tutor_id', (SELECT tutor_id FROM {tutoring}.churn_predictions p
                                        WHERE p.prediction_id = prediction)));
EXCEPTION WHEN foreign_key_violation THEN
    RAISE EXCEPTION 'there is no prediction %', quote_literal(prediction)
        USING ERRCODE = 'no_data_found', HINT = 'its id stands in churn_predictions.prediction_id';
END $$
"""
CARE = Plan(
    system="tutoring",
    revision="0002",
    document="tutormax.md",
    types={},
    functions={
        "decide_intervention(text, text, boolean, text)": _DECIDE,
        "override_prediction(text, text, integer, text)": _OVERRIDE,
    },
    tables=TABLES,
    indexes=INDEXES,
    checks=CHECKS,
    triggers={},
)
