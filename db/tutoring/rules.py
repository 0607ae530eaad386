"""What stays in the tutoring system whatever its age, after tutormax.md, Archival Strategy."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bellwork.db.vocabulary import RetentionRule

KEPT = {
    "tutors": "a tutor is set churned and never deleted, for what is kept for ever would go with the row",
    "tutor_performance_metrics": "metrics are kept for ever, for trends (tutormax.md, Archival Strategy)",
}
RULES: tuple[RetentionRule, ...] = ()
