"""What leaves the companion system, and what stays."""

from __future__ import annotations

from bellwork.db.vocabulary import RetentionRule

#: study_companion.md, `summaries`: permanently stored.
KEPT = {"summaries": "they are stored permanently (study_companion.md, Core Tables)"}
RULES = (
    RetentionRule(
        "companion.forget_suppressions",
        table="nudge_suppressions",
        column="decided_at",
        days=90,
        action="delete",
        cron="13 4 * * *",
        purpose="why a nudge did not go is forgotten after 90 days",
    ),
)
