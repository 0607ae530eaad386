"""What stays in the support system whatever its age, and what leaves it when."""

from __future__ import annotations

from bellwork.db.vocabulary import RetentionRule

KEPT = {
    "student_interventions": "what was done for a student, and what came of it, is kept with the enrollment",
    "quiz_attempts": "detection reads an enrollment's last ten attempts, however old they are",
    "topic_completions": "since when a student is inactive is told by the last topic, however old it is",
    "inactivity_spells": "who was written to in a spell is not written to again, however long it lasts",
    "effect_checks": "whether it helped is kept with the intervention",
    "risk_days": "counts say nothing of a person and are kept for trends",
    "rule_days": "counts say nothing of a person and are kept for trends",
}
RULES: tuple[RetentionRule, ...] = (
    RetentionRule(
        "support.forget_escalations",
        table="escalations",
        by="source_id",
        column="escalated_at",
        days=90,
        action="delete",
        cron="13 3 * * *",
        purpose="escalated questions, of which detection counts seven days, are kept for 90 days",
    ),
    RetentionRule(
        "support.forget_decisions",
        table="decisions",
        column="at",
        days=731,
        action="delete",
        cron="33 3 * * *",
        purpose="why a student was called at risk, or was not, is kept for two years",
    ),
)
