"""THE table of retention rules: add a line here, and an actor of its name; plan, run and dry run go by it."""

from __future__ import annotations

from db.retention.rule import Rule

#: Ages, conditions and actions are those of vividly.md, Data Retention; it wants archives of requests and feedback.
RULES = {
    rule.key: rule
    for rule in (
        Rule(
            "content.clear_reset_tokens",
            system="content",
            table="users",
            column="reset_token_expires_at",
            days=0,
            action="clear",
            clears=("reset_token", "reset_token_expires_at"),
            purpose="a reset token that has expired opens nothing and is no longer kept",
        ),
        Rule(
            "content.archive_requests",
            system="content",
            table="content_requests",
            column="created_at",
            days=90,
            where="t.status IN ('completed', 'failed')",
            action="soft delete",
            archive=True,
            purpose="requests that have come to an end are archived after 90 days and soft-deleted",
        ),
        Rule(
            "content.archive_feedback",
            system="content",
            table="feedback",
            column="created_at",
            days=730,
            action="delete",
            archive=True,
            purpose="feedback moves to the archive after two years",
        ),
    )
}
