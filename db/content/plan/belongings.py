"""The indexes of vividly.md, those our sweeps need beside them, and what the database itself holds true of requests."""

from __future__ import annotations

INDEXES = {
    "organizations": {
        "idx_organizations_parent": "(parent_id) WHERE deleted_at IS NULL",
        "idx_organizations_type": "(org_type) WHERE deleted_at IS NULL",
    },
    "users": {
        "idx_users_email": "(email) WHERE deleted_at IS NULL",
        "idx_users_org_role": "(org_id, role) WHERE deleted_at IS NULL",
        "idx_users_student_id": "(student_id) WHERE student_id IS NOT NULL",
        "idx_users_activation": "(org_id, role, last_login_at DESC) WHERE is_active = true AND deleted_at IS NULL",
        "idx_users_search": "USING GIN(to_tsvector('english', first_name || ' ' || last_name || ' ' || email))",
        # Ours: the hourly clean-up of reset tokens read every user without it.
        "idx_users_reset_token_expiry": "(reset_token_expires_at) WHERE reset_token_expires_at IS NOT NULL",
    },
    "classes": {
        "idx_classes_teacher": "(teacher_id) WHERE deleted_at IS NULL",
        "idx_classes_school": "(school_id) WHERE deleted_at IS NULL",
    },
    "class_students": {
        "idx_class_students_class": "(class_id) WHERE dropped_at IS NULL",
        "idx_class_students_student": "(student_id) WHERE dropped_at IS NULL",
        "idx_class_students_engagement": "(class_id, enrolled_at DESC) WHERE dropped_at IS NULL",
    },
    "topics": {
        "idx_topics_subject": "(subject) WHERE is_active = true",
        "idx_topics_parent": "(parent_id) WHERE is_active = true",
        "idx_topics_path": "USING GIN(to_tsvector('english', path))",
        "idx_topics_search": "USING GIN(to_tsvector('english', title || ' ' || description))",
    },
    "interests": {"idx_interests_category": "(category) WHERE is_active = true"},
    "student_interests": {"idx_student_interests_student": "(student_id)"},
    "generated_content": {
        "idx_generated_content_cache_key": "(cache_key)",
        "idx_generated_content_topic": "(topic_id)",
        "idx_generated_content_popularity": "(view_count DESC)",
        "idx_content_usage": "(topic_id, view_count DESC, average_rating DESC)",
    },
    "content_requests": {
        "idx_content_requests_student": "(student_id, created_at DESC)",
        "idx_content_requests_status": "(status) WHERE status NOT IN ('completed', 'failed')",
        "idx_content_requests_topic": "(topic_id) WHERE topic_id IS NOT NULL",
        # Ours: twins waiting for the same content; stuck, unanswered and retried requests; what is 90 days old.
        "idx_content_requests_key": (
            "(topic_id, interest_id, style) WHERE deleted_at IS NULL AND status NOT IN ('completed', 'failed')"
        ),
        "idx_content_requests_sweep": "(status, updated_at) WHERE deleted_at IS NULL AND status <> 'completed'",
        "idx_content_requests_retention": (
            "(created_at) WHERE deleted_at IS NULL AND status IN ('completed', 'failed')"
        ),
    },
    "student_progress": {
        "idx_student_progress_student": "(student_id, status)",
        "idx_student_progress_topic": "(topic_id)",
        "idx_student_progress_recent": "(student_id, last_viewed_at DESC)",
        "idx_student_progress_dashboard": "(student_id, status, last_viewed_at DESC)",
    },
    "feedback": {
        "idx_feedback_content": "(content_id, created_at DESC)",
        "idx_feedback_student": "(student_id, created_at DESC)",
        "idx_feedback_type": "(feedback_type) WHERE triggered_regeneration = true",
        # Ours: each request deleted with its student looks for the feedback that led to it.
        "idx_feedback_regeneration_request": "(regeneration_request_id) WHERE regeneration_request_id IS NOT NULL",
    },
    "student_account_requests": {
        "idx_account_requests_status": "(status, created_at DESC)",
        "idx_account_requests_teacher": "(teacher_id)",
    },
    "bulk_upload_jobs": {
        "idx_bulk_upload_jobs_uploader": "(uploaded_by, created_at DESC)",
        "idx_bulk_upload_jobs_status": "(status)",
    },
    "audit_logs": {
        "idx_audit_logs_user": "(user_id, created_at DESC)",
        "idx_audit_logs_resource": "(resource_type, resource_id)",
        "idx_audit_logs_created": "(created_at DESC)",
    },
}

CHECKS = {
    "content_requests": {
        # Soft-deleted rows are let off: in an adopted table, rows older than this rule are still to be swept away.
        "content_requests_completed_check": (
            "status <> 'completed' OR deleted_at IS NOT NULL"
            " OR (completed_at IS NOT NULL AND generated_content_id IS NOT NULL)"
        ),
        "content_requests_retry_count_check": "retry_count >= 0",
    }
}
