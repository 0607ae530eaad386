"""The enums of vividly.md; the order of the labels is the order in which PostgreSQL sorts them."""

from __future__ import annotations

TYPES = {
    "organization_type": ("district", "school"),
    "user_role": (
        "student",
        "teacher",
        "school_admin",
        "district_admin",
        "vividly_admin",
        "vividly_ops",
        "vividly_curriculum",
    ),
    "request_status": (
        "nlu_processing",
        "needs_clarification",
        "cache_check",
        "generating_script",
        "generating_audio",
        "generating_video",
        "fast_path_ready",
        "completed",
        "failed",
    ),
    "content_type": ("vivid_now", "vivid_learning"),
    "progress_status": ("not_started", "in_progress", "completed", "struggling"),
    "feedback_type": ("mark_complete", "make_simpler", "try_different_interest", "report_issue", "rating_only"),
    "account_request_status": ("pending", "approved", "denied"),
    "job_status": ("queued", "processing", "completed", "failed"),
}
