"""What leaves the courses system, and what stays."""

from __future__ import annotations

from bellwork.db.vocabulary import RetentionRule

KEPT = {
    "certificates": "they stay verifiable, under a pseudonym where their learner was erased",
    "certificate_issues": "a number is given once, for ever",
    "subscription_periods": "what was paid, refused or cancelled when is kept with its subscription",
    "enrollments": "what was paid for is kept with its price",
}
RULES = (
    RetentionRule(
        "courses.forget_events",
        table="learning_events",
        column="created_at",
        days=1827,
        action="delete",
        cron="17 3 * * *",
        purpose="what a learner did is kept for five years",
    ),
    RetentionRule(
        "courses.forget_records",
        table="audit_records",
        column="at",
        days=731,
        action="delete",
        cron="27 3 * * *",
        purpose="what operators did about courses is kept for two years",
    ),
)
