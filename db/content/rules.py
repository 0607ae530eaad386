"""What leaves the content system, and when: ages, conditions and actions are those of vividly.md, Data Retention."""

from __future__ import annotations

from bellwork.db.vocabulary import PartitionedTable, RetentionRule

#: The audit trail is kept for seven years.
PARTITIONED = (
    PartitionedTable(
        "content.audit_logs",
        "created_at",
        "month",
        3,
        keep=84,
        person=(("user_id", ("ip_address", "user_agent", "metadata")), ("resource_id", ("metadata",))),
    ),
)
KEPT = {
    "generated_content": "it is shared and never deleted (vividly.md, Data Retention)",
    "content_counts": "its sums outlive the feedback that they are made of",
}
#: It wants archives of requests and feedback.
RULES = (
    RetentionRule(
        "content.clear_reset_tokens",
        table="users",
        column="reset_token_expires_at",
        days=0,
        action="clear",
        clears=("reset_token", "reset_token_expires_at"),
        cron="7 * * * *",
        purpose="a reset token that has expired opens nothing and is no longer kept",
    ),
    RetentionRule(
        "content.archive_requests",
        table="content_requests",
        column="created_at",
        days=90,
        where="t.status IN ('completed', 'failed')",
        action="soft delete",
        archive=True,
        person=("student_id",),
        cron="23 3 * * *",
        purpose="requests that have come to an end are archived after 90 days and soft-deleted",
    ),
    RetentionRule(
        "content.archive_feedback",
        table="feedback",
        column="created_at",
        days=730,
        action="delete",
        archive=True,
        along=("feedback_effects",),
        person=("student_id",),
        cron="41 3 * * *",
        purpose="feedback moves to the archive after two years",
    ),
)
