"""Indexes and checks of the tables: learncraft.md's, its corrections, and one for each column by which work is due."""

from __future__ import annotations

INDEXES = {
    "users": {
        "idx_users_deletion": "(deleted_at) WHERE deleted_at IS NOT NULL AND email !~ '^erased-.*@invalid$'",
        "idx_users_role": "(role)",
        "idx_users_subscription": "(subscription_tier)",
    },
    "user_preferences": {
        "ux_user_preferences_user": "UNIQUE (user_id)",
    },
    "subscriptions": {
        "idx_subscriptions_due": "(current_period_end) WHERE status IN ('active', 'past_due')",
        "ux_subscriptions_live": "UNIQUE (user_id) WHERE status IN ('active', 'past_due')",
    },
    "certificate_issues": {
        "idx_certificate_issues_certificate": "(certificate_id)",
        "idx_certificate_issues_revoked": "(serial) WHERE revoked_at IS NOT NULL",
    },
    "courses": {
        "idx_courses_category": "(category)",
        "idx_courses_instructor": "(instructor_id)",
        "idx_courses_published": "(published_at) WHERE status = 'published'",
        "idx_courses_review": "(updated_at) WHERE status = 'pending_review'",
        "idx_courses_status": "(status)",
    },
    "modules": {
        "idx_modules_course": "(course_id)",
        "idx_modules_order": "(course_id, order_index)",
    },
    "lessons": {
        "idx_lessons_module": "(module_id)",
        "idx_lessons_order": "(module_id, order_index)",
    },
    "audit_records": {
        "idx_audit_records_at": "(at)",
        "idx_audit_records_course": "(course_id)",
    },
    "videos": {
        "idx_videos_open": "(status, updated_at) WHERE status NOT IN ('ready', 'failed')",
        "idx_videos_status": "(status)",
        "ux_videos_lesson": "UNIQUE (lesson_id)",
    },
    "video_parts": {
        "idx_video_parts_open": "(state, changed_at) WHERE state NOT IN ('done', 'failed')",
    },
    "video_qualities": {
        "ux_video_qualities_rung": "UNIQUE (video_id, quality)",
    },
    "labs": {
        "idx_labs_template": "(template_id)",
        "ux_labs_lesson": "UNIQUE (lesson_id)",
    },
    "lab_sessions": {
        "idx_lab_sessions_active": "(user_id, status) WHERE status = 'running'",
        "idx_lab_sessions_due": "(expires_at) WHERE status IN ('running', 'paused')",
        "idx_lab_sessions_lab": "(lab_id)",
        "idx_lab_sessions_starting": "(updated_at) WHERE status IN ('pending', 'provisioning')",
        "idx_lab_sessions_status": "(status)",
        "idx_lab_sessions_user": "(user_id)",
        "ux_lab_sessions_live": (
            "UNIQUE (user_id, lab_id) WHERE status IN ('pending', 'provisioning', 'running', 'paused')"
        ),
    },
    "lab_containers": {
        "idx_lab_containers_there": "(state, changed_at) WHERE state <> 'gone'",
    },
    "enrollments": {
        "idx_enrollments_course": "(course_id)",
        "idx_enrollments_due": "(expires_at) WHERE status = 'active'",
        "idx_enrollments_user": "(user_id)",
    },
    "course_progress": {
        "ux_course_progress_enrollment": "UNIQUE (enrollment_id)",
    },
    "lesson_progress": {
        "idx_lesson_progress_lesson": "(lesson_id)",
        "idx_lesson_progress_user": "(user_id)",
    },
    "learner_days": {
        "idx_learner_days_day": "(day)",
    },
    "assessments": {
        "idx_assessments_lesson": "(lesson_id)",
    },
    "questions": {
        "idx_questions_assessment": "(assessment_id, order_index)",
    },
    "assessment_attempts": {
        "idx_assessment_attempts_assessment": "(assessment_id)",
        "idx_assessment_attempts_open": "(started_at) WHERE status = 'in_progress'",
        "idx_assessment_attempts_user": "(user_id, assessment_id)",
    },
    "answers": {
        "idx_answers_question": "(question_id)",
        "ux_answers_question": "UNIQUE (attempt_id, question_id)",
    },
    "ai_interactions": {
        "idx_ai_interactions_session": "(session_id)",
        "idx_ai_interactions_type": "(interaction_type)",
        "idx_ai_interactions_user": "(user_id)",
    },
    "content_embeddings": {
        "ux_content_embeddings_chunk": "UNIQUE (content_type, content_id, chunk_index)",
    },
    "learning_events": {
        "idx_learning_events_created": "(created_at)",
        "idx_learning_events_rated": "(course_id, user_id, created_at) WHERE event_type = 'course.rated'",
        "idx_learning_events_user": "(user_id, created_at)",
    },
}
CHECKS = {
    "learner_zones": {
        # A zone that PostgreSQL does not know is an error where it is looked up.
        "learner_zones_zone_check": "timezone(zone, to_timestamp(0)) IS NOT NULL",
    },
    "subscription_periods": {
        "subscription_periods_refused_check": "state <> 'refused' OR refused_at IS NOT NULL",
        "subscription_periods_state_check": "state IN ('unknown', 'refused', 'paid', 'cancelled', 'expired')",
    },
    "course_reviews": {
        "course_reviews_decided_check": "state NOT IN ('approved', 'rejected') OR decided_at IS NOT NULL",
        "course_reviews_state_check": "state IN ('submitted', 'incomplete', 'checked', 'approved', 'rejected')",
    },
    "subscriptions": {
        "subscriptions_status_check": "status IN ('active', 'past_due', 'cancelled', 'expired')",
    },
    "courses": {
        "courses_duration_minutes_check": "duration_minutes >= 0",
        "courses_price_check": "price >= 0",
        "courses_rating_average_check": "rating_average BETWEEN 0 AND 5",
    },
    "lessons": {
        "lessons_duration_minutes_check": "duration_minutes >= 0",
    },
    "videos": {
        "videos_duration_seconds_check": "duration_seconds >= 0",
    },
    "video_qualities": {
        "video_qualities_quality_check": "quality IN ('360p', '720p', '1080p', '4k')",
    },
    "video_details": {
        "video_details_transcript_by_check": "transcript_by IN ('captions', 'service', 'embedded')",
    },
    "video_parts": {
        "video_parts_key_check": "state <> 'done' OR key IS NOT NULL OR rung = 'captions'",
        "video_parts_part_no_check": "part_no >= 0",
        "video_parts_rung_check": "rung IN ('360p', '720p', '1080p', '4k', 'audio', 'captions')",
        "video_parts_span_check": "ended_at_ms > started_at_ms AND started_at_ms >= 0",
        "video_parts_state_check": "state IN ('waiting', 'done', 'failed')",
    },
    "labs": {
        "labs_duration_minutes_check": "duration_minutes >= 1",
    },
    "lab_sessions": {
        "lab_sessions_reset_count_check": "reset_count >= 0",
    },
    "lab_containers": {
        "lab_containers_reset_no_check": "reset_no >= 0",
        "lab_containers_state_check": "state IN ('asked', 'running', 'releasing', 'gone')",
    },
    "enrollments": {
        "enrollments_completed_check": "status <> 'completed' OR completed_at IS NOT NULL",
    },
    "course_progress": {
        "course_progress_percent_complete_check": "percent_complete BETWEEN 0 AND 100",
    },
    "lesson_progress": {
        "lesson_progress_quiz_score_check": "quiz_score BETWEEN 0 AND 100",
        "lesson_progress_video_duration_seconds_check": "video_duration_seconds >= 0",
        "lesson_progress_video_position_seconds_check": "video_position_seconds >= 0",
    },
    "learner_days": {
        "learner_days_counts_check": "seconds >= 0 AND lessons >= 0 AND quizzes >= 0",
    },
    "assessments": {
        "assessments_max_attempts_check": "max_attempts >= 1",
        "assessments_passing_score_check": "passing_score BETWEEN 0 AND 100",
        "assessments_time_limit_minutes_check": "time_limit_minutes >= 1",
    },
    "questions": {
        "questions_points_check": "points >= 0",
    },
    "assessment_attempts": {
        "assessment_attempts_percent_score_check": "percent_score BETWEEN 0 AND 100",
    },
    "answers": {
        "answers_points_earned_check": "points_earned >= 0",
    },
    "ai_interactions": {
        "ai_interactions_feedback_rating_check": "feedback_rating BETWEEN 1 AND 5",
    },
    "content_embeddings": {
        "content_embeddings_chunk_index_check": "chunk_index >= 0",
        "content_embeddings_content_type_check": "content_type IN ('video', 'lesson', 'lab')",
    },
}
