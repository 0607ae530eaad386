"""The indexes of tutormax.md, those its jobs need beside them, and what the database itself holds true."""

from __future__ import annotations

#: One metric row for each tutor, window and UTC day of its calculation, by which the rows are upserted.
_METRIC_KEY = "UNIQUE (tutor_id, \"window\", ((calculation_date AT TIME ZONE 'UTC')::date))"

INDEXES = {
    "tutors": {"ix_tutors_email": "UNIQUE (email)", "ix_tutors_status": "(status)"},
    "sessions": {
        "ix_sessions_tutor_id": "(tutor_id)",
        "ix_sessions_student_id": "(student_id)",
        "ix_sessions_scheduled_start": "(scheduled_start)",
        "ix_sessions_subject": "(subject)",
        # Ours: one tutor's days, however many sessions there are.
        "ix_sessions_tutor_time": "(tutor_id, scheduled_start)",
    },
    "student_feedback": {
        "ix_student_feedback_session_id": "UNIQUE (session_id)",
        "ix_student_feedback_student_id": "(student_id)",
        "ix_student_feedback_tutor_id": "(tutor_id)",
        "ix_student_feedback_submitted_at": "(submitted_at)",
    },
    "tutor_performance_metrics": {
        "ix_tutor_performance_metrics_tutor_id": "(tutor_id)",
        "ix_tutor_performance_metrics_calculation_date": "(calculation_date)",
        "ux_tutor_performance_metrics_day": _METRIC_KEY,
    },
    "churn_predictions": {
        "ix_churn_predictions_tutor_id": "(tutor_id)",
        "ix_churn_predictions_prediction_date": "(prediction_date)",
        "ix_churn_predictions_risk_level": "(risk_level)",
        # The latest prediction of a tutor, the id breaking ties.
        "ix_churn_predictions_latest": "(tutor_id, prediction_date DESC, prediction_id DESC)",
    },
    "interventions": {
        "ix_interventions_tutor_id": "(tutor_id)",
        "ix_interventions_status": "(status)",
        "ux_interventions_open": "UNIQUE (tutor_id, intervention_type) WHERE status IN ('pending', 'in_progress')",
    },
    "tutor_events": {
        "ix_tutor_events_tutor_id": "(tutor_id)",
        "ix_tutor_events_event_type": "(event_type)",
        "ix_tutor_events_event_timestamp": "(event_timestamp)",
        "ix_tutor_events_tutor_time": "(tutor_id, event_timestamp)",
    },
    "changes": {"ix_changes_bucket": "(bucket)"},
    "prediction_keys": {"ix_prediction_keys_prediction": "(prediction_id)"},
    "explanations": {
        "ix_explanations_tutor": "(tutor_id, at)",
        "ix_explanations_prediction": "(prediction_id) WHERE prediction_id IS NOT NULL",
        "ix_explanations_intervention": "(intervention_id) WHERE intervention_id IS NOT NULL",
    },
}
_RATINGS = ("overall", "subject_knowledge", "communication", "patience", "engagement", "helpfulness")
_PROBABILITIES = ("1day", "7day", "30day", "90day")
_SHARES = ("first_session_success_rate", "reschedule_rate", "learning_objectives_met_pct")

CHECKS = {
    "tutors": {
        "tutors_status_check": "status IN ('active', 'inactive', 'churned')",
        "tutors_behavioral_archetype_check": (
            "behavioral_archetype IN ('high_performer', 'at_risk', 'new_tutor', 'steady', 'churner')"
        ),
        "tutors_baseline_check": "baseline_sessions_per_week BETWEEN 0 AND 1000",
    },
    "students": {"students_age_check": "age BETWEEN 0 AND 150"},
    "sessions": {
        "sessions_session_type_check": "session_type IN ('1-on-1', 'group')",
        "sessions_session_number_check": "session_number >= 1",
        "sessions_duration_minutes_check": "duration_minutes >= 0",
        "sessions_engagement_score_check": "engagement_score BETWEEN 0 AND 1",
        "sessions_scheduled_start_check": "isfinite(scheduled_start)",
    },
    "student_feedback": {
        f"student_feedback_{name}_rating_check": f"{name}_rating BETWEEN 1 AND 5" for name in _RATINGS
    },
    "tutor_performance_metrics": {
        "tutor_performance_metrics_window_check": "\"window\" IN ('7day', '30day', '90day')",
        "tutor_performance_metrics_performance_tier_check": (
            "performance_tier IN ('Exemplary', 'Strong', 'Developing', 'Needs Attention', 'At Risk')"
        ),
        "tutor_performance_metrics_sessions_completed_check": "sessions_completed >= 0",
        "tutor_performance_metrics_no_show_count_check": "no_show_count >= 0",
        "tutor_performance_metrics_avg_rating_check": "avg_rating BETWEEN 1 AND 5",
        "tutor_performance_metrics_engagement_score_check": "engagement_score BETWEEN 0 AND 100",
        **{f"tutor_performance_metrics_{name}_check": f"{name} BETWEEN 0 AND 100" for name in _SHARES},
    },
    "churn_predictions": {
        "churn_predictions_churn_score_check": "churn_score BETWEEN 0 AND 100",
        "churn_predictions_risk_level_check": "risk_level IN ('Low', 'Medium', 'High', 'Critical')",
        **{
            f"churn_predictions_window_{name}_probability_check": f"window_{name}_probability BETWEEN 0 AND 1"
            for name in _PROBABILITIES
        },
    },
    "interventions": {
        "interventions_intervention_type_check": (
            "intervention_type IN ('automated_coaching', 'training_module', 'first_session_checkin',"
            " 'rescheduling_alert', 'manager_coaching', 'peer_mentoring', 'performance_improvement_plan',"
            " 'retention_interview', 'recognition')"
        ),
        "interventions_status_check": "status IN ('pending', 'in_progress', 'completed', 'cancelled')",
        "interventions_outcome_check": "outcome IN ('improved', 'no_change', 'declined', 'churned')",
    },
    "tutor_events": {"tutor_events_event_timestamp_check": "isfinite(event_timestamp)"},
    "escalations": {"escalations_level_check": "level BETWEEN 1 AND 9"},
}
