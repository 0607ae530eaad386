"""Indexes and checks: those of student_interventions, the value sets that its drawing leaves out, and ours."""

from __future__ import annotations

_THERE = "WHERE deleted_at IS NULL"

INDEXES = {
    "courses": {"idx_courses_owner": "(owner_id)"},
    "student_enrollments": {
        "idx_student_enrollments_user": "(user_id)",
        "idx_student_enrollments_course": "(course_id)",
        "idx_student_enrollments_at_risk": "(course_id) WHERE is_at_risk",
    },
    "student_interventions": {
        "idx_student_interventions_student": f"(student_id) {_THERE}",
        "idx_student_interventions_enrollment": f"(enrollment_id) {_THERE}",
        "idx_student_interventions_trainer": (
            f"(assigned_trainer_id) {_THERE} AND status IN ('pending', 'in_progress')"
        ),
        "idx_student_interventions_status": f"(status) {_THERE}",
        "idx_student_interventions_created": f"(created_at DESC) {_THERE}",
        "ux_student_interventions_open": (
            f"UNIQUE (enrollment_id) {_THERE} AND status IN ('pending', 'in_progress', 'escalated')"
        ),
        "idx_student_interventions_course": "(course_id)",
        "idx_student_interventions_assigned": "(assigned_trainer_id, assigned_at DESC)",
    },
    "quiz_attempts": {
        "idx_quiz_attempts_newest": "(enrollment_id, submitted_at DESC, source_id DESC) INCLUDE (passed, score)",
    },
    "topic_completions": {"idx_topic_completions_newest": "(enrollment_id, completed_at DESC)"},
    "escalations": {
        "idx_escalations_newest": "(enrollment_id, escalated_at DESC)",
        "idx_escalations_at": "(escalated_at)",
    },
    "decisions": {
        "idx_decisions_enrollment": "(enrollment_id, id DESC)",
        "idx_decisions_intervention": "(intervention_id)",
        "idx_decisions_at": "(at)",
    },
    "notices": {"idx_notices_person": "(person_id)"},
    "risk_days": {"idx_risk_days_course": "(course_id)"},
}


def _level(column: str) -> str:
    return f"{column} IN ('low', 'medium', 'high')"


CHECKS = {
    "student_enrollments": {"student_enrollments_risk_level_check": _level("risk_level")},
    "student_interventions": {
        "student_interventions_risk_level_check": _level("risk_level"),
        "student_interventions_detected_level_check": _level("detected_level"),
        "student_interventions_intervention_type_check": (
            "intervention_type IN ('automated_email', 'trainer_notification', 'one_on_one_scheduled',"
            " 'mentor_assigned', 'resource_recommended', 'deadline_extended', 'other')"
        ),
        "student_interventions_status_check": (
            "status IN ('pending', 'in_progress', 'resolved', 'escalated', 'dismissed')"
        ),
        "student_interventions_outcome_check": (
            "outcome IN ('student_improved', 'student_completed', 'student_dropped', 'false_positive',"
            " 'needs_escalation')"
        ),
        "student_interventions_risk_reasons_check": (
            "cardinality(risk_reasons) > 0 AND array_position(risk_reasons, NULL) IS NULL"
        ),
        "student_interventions_assigned_check": "(assigned_trainer_id IS NULL) = (assigned_at IS NULL)",
        "student_interventions_resolved_check": "(status = 'resolved') = (resolved_at IS NOT NULL)",
    },
    "quiz_attempts": {
        "quiz_attempts_score_check": "score BETWEEN 0 AND 100",
        "quiz_attempts_submitted_at_check": "isfinite(submitted_at)",
    },
    "topic_completions": {"topic_completions_completed_at_check": "isfinite(completed_at)"},
    "escalations": {"escalations_escalated_at_check": "isfinite(escalated_at)"},
    "trainers": {"trainers_capacity_check": "capacity >= 0"},
    "decisions": {
        "decisions_kind_check": "kind ~ '^[a-z_]{1,40}$'",
        "decisions_level_check": _level("level"),
    },
    "effect_checks": {
        "effect_checks_days_check": "days > 0",
        "effect_checks_level_check": _level("level"),
    },
    "risk_days": {"risk_days_risk_level_check": _level("risk_level")},
}
