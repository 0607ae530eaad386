"""What became of tutors after an intervention: the tier 14 days after it was completed, against the one before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellwork.db.sql import sql

if TYPE_CHECKING:
    from sqlalchemy import Connection

#: Days after completed_date at which the outcome is read (tutormax, outcome tracking).
AFTER_DAYS = 14
#: From the worst to the best.
TIERS = ("At Risk", "Needs Attention", "Developing", "Strong", "Exemplary")
_TIERS = "ARRAY[" + ", ".join(f"'{tier}'" for tier in TIERS) + "]"
_TIER = """(
    SELECT array_position({tiers}, CAST(m.performance_tier AS text)) FROM {{tutoring}}.tutor_performance_metrics m
    WHERE m.tutor_id = i.tutor_id AND m."window" = '30day' AND m.performance_tier IS NOT NULL
      AND (m.calculation_date AT TIME ZONE 'UTC')::date <= CAST({moment} AT TIME ZONE 'UTC' AS date)
    ORDER BY (m.calculation_date AT TIME ZONE 'UTC')::date DESC LIMIT 1)"""
_BEFORE = _TIER.format(tiers=_TIERS, moment="i.recommended_date")
_AFTER = _TIER.format(tiers=_TIERS, moment=f"(i.completed_date + interval '{AFTER_DAYS} days')")
# Who has no row before or after is looked at again: an outcome is not guessed.
_TRACK = f"""
WITH seen AS (
    SELECT i.intervention_id, CASE WHEN t.status = 'churned' THEN 'churned' WHEN s.after > s.before THEN 'improved'
               WHEN s.after < s.before THEN 'declined' WHEN s.after = s.before THEN 'no_change' END AS outcome
    FROM {{tutoring}}.interventions i JOIN {{tutoring}}.tutors t ON t.tutor_id = i.tutor_id
    CROSS JOIN LATERAL (SELECT {_BEFORE} AS before, {_AFTER} AS after) s
    WHERE i.status = 'completed' AND i.outcome IS NULL AND i.completed_date <= now() - interval '{AFTER_DAYS} days'
)
UPDATE {{tutoring}}.interventions i SET outcome = seen.outcome, updated_at = now() FROM seen
WHERE i.intervention_id = seen.intervention_id AND i.outcome IS NULL AND seen.outcome IS NOT NULL
RETURNING i.intervention_id, i.outcome
"""  # noqa: S608 - fragments of ours


def track_outcomes(conn: Connection) -> dict[str, str]:
    """Enter the outcomes that are due; returns them by intervention. Each is entered once."""
    return {row.intervention_id: row.outcome for row in conn.execute(sql(_TRACK))}
