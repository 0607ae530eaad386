"""The tables of tutormax.md: every time with its zone, and NULL wherever the document does not need a value."""

from __future__ import annotations

from bellwork.db.migrations.plan import Table

_CREATED = {"created_at": "TIMESTAMPTZ DEFAULT now()"}
_STAMPED = {**_CREATED, "updated_at": "TIMESTAMPTZ DEFAULT now()"}
_TUTOR = "VARCHAR(50) NOT NULL REFERENCES {tutoring}.tutors(tutor_id) ON DELETE CASCADE"
_STUDENT = "VARCHAR(50) NOT NULL REFERENCES {tutoring}.students(student_id) ON DELETE CASCADE"

TABLES = {
    "tutors": Table(
        {
            "tutor_id": "VARCHAR(50) PRIMARY KEY",
            "name": "VARCHAR(200) NOT NULL",
            "email": "VARCHAR(255) NOT NULL",
            "onboarding_date": "TIMESTAMPTZ NOT NULL",
            "status": "VARCHAR(50)",
            "subjects": "VARCHAR[]",
            "education_level": "VARCHAR(100)",
            "location": "VARCHAR(200)",
            "baseline_sessions_per_week": "FLOAT",
            "behavioral_archetype": "VARCHAR(50)",
            **_STAMPED,
        },
    ),
    "students": Table(
        {
            "student_id": "VARCHAR(50) PRIMARY KEY",
            "name": "VARCHAR(200) NOT NULL",
            "age": "INTEGER",
            "grade_level": "VARCHAR(50)",
            "subjects_interested": "VARCHAR[]",
            **_STAMPED,
        },
    ),
    "sessions": Table(
        {
            "session_id": "VARCHAR(50) PRIMARY KEY",
            "tutor_id": _TUTOR,
            "student_id": _STUDENT,
            "session_number": "INTEGER",
            "scheduled_start": "TIMESTAMPTZ NOT NULL",
            "actual_start": "TIMESTAMPTZ",
            "duration_minutes": "INTEGER",
            "subject": "VARCHAR(100)",
            "session_type": "VARCHAR(50)",
            "tutor_initiated_reschedule": "BOOLEAN",
            "no_show": "BOOLEAN",
            "late_start_minutes": "INTEGER",
            "engagement_score": "FLOAT",
            "learning_objectives_met": "BOOLEAN",
            "technical_issues": "BOOLEAN",
            **_STAMPED,
        },
    ),
    "student_feedback": Table(
        {
            "feedback_id": "VARCHAR(50) PRIMARY KEY",
            "session_id": "VARCHAR(50) NOT NULL REFERENCES {tutoring}.sessions(session_id) ON DELETE CASCADE",
            "student_id": _STUDENT,
            "tutor_id": _TUTOR,
            "overall_rating": "INTEGER",
            "is_first_session": "BOOLEAN",
            "subject_knowledge_rating": "INTEGER",
            "communication_rating": "INTEGER",
            "patience_rating": "INTEGER",
            "engagement_rating": "INTEGER",
            "helpfulness_rating": "INTEGER",
            "would_recommend": "BOOLEAN",
            "improvement_areas": "VARCHAR[]",
            "free_text_feedback": "TEXT",
            "submitted_at": "TIMESTAMPTZ",
            **_CREATED,
        },
    ),
    "tutor_performance_metrics": Table(
        {
            "metric_id": "VARCHAR(50) PRIMARY KEY",
            "tutor_id": _TUTOR,
            "calculation_date": "TIMESTAMPTZ NOT NULL",
            '"window"': "VARCHAR(20) NOT NULL",
            "sessions_completed": "INTEGER",
            "avg_rating": "FLOAT",
            "first_session_success_rate": "FLOAT",
            "reschedule_rate": "FLOAT",
            "no_show_count": "INTEGER",
            "engagement_score": "FLOAT",
            "learning_objectives_met_pct": "FLOAT",
            "response_time_avg_minutes": "FLOAT",
            "performance_tier": "VARCHAR(50)",
            **_STAMPED,
        },
    ),
    "churn_predictions": Table(
        {
            "prediction_id": "VARCHAR(50) PRIMARY KEY",
            "tutor_id": _TUTOR,
            "prediction_date": "TIMESTAMPTZ",
            "churn_score": "INTEGER",
            "risk_level": "VARCHAR(20)",
            "window_1day_probability": "FLOAT",
            "window_7day_probability": "FLOAT",
            "window_30day_probability": "FLOAT",
            "window_90day_probability": "FLOAT",
            "contributing_factors": "JSONB",
            "model_version": "VARCHAR(50)",
            **_STAMPED,
        },
    ),
    "interventions": Table(
        {
            "intervention_id": "VARCHAR(50) PRIMARY KEY",
            "tutor_id": _TUTOR,
            "intervention_type": "VARCHAR(100)",
            "trigger_reason": "TEXT",
            "recommended_date": "TIMESTAMPTZ",
            "assigned_to": "VARCHAR(50)",
            "status": "VARCHAR(50)",
            "due_date": "TIMESTAMPTZ",
            "completed_date": "TIMESTAMPTZ",
            "outcome": "VARCHAR(50)",
            "notes": "TEXT",
            **_STAMPED,
        },
    ),
    "tutor_events": Table(
        {
            "event_id": "VARCHAR(50) PRIMARY KEY",
            "tutor_id": _TUTOR,
            "event_type": "VARCHAR(100)",
            "event_timestamp": "TIMESTAMPTZ NOT NULL",
            "metadata": "JSONB",
            **_CREATED,
        },
    ),
}
