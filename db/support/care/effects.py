"""Whether an intervention helped: 7 and 14 days after it began the rules look again, against the figures kept in it.

improved    no reason of the rules is left, the level is lower, or some reasons are gone and none is new
worse       the level is higher, or a reason is new        unchanged   otherwise
What is no better after 14 days goes to the course's owner, with the outcome needs_escalation, unless the enrollment is
paused or over, or its course excluded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellwork.db.sql import sql
from bellwork.db.support.care.rows import AWAKE, CARED_FOR, OPEN, SOUND
from bellwork.db.support.detection import clock
from bellwork.db.support.detection.figures import FIGURES, bounds
from bellwork.db.support.detection.rules import JUDGED, SAID, name_of, rank_of
from bellwork.db.support.words import Reason

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

#: Days after which it is looked, and for how many more it is caught up.
DAYS, CAUGHT_UP = (7, 14), 14
_CODES = ", ".join(f"'{each}'" for each in Reason)
_DUE = f"""
SELECT i.id, i.enrollment_id, d.days
FROM {{support}}.student_interventions i CROSS JOIN unnest(CAST(:days AS integer[])) AS d(days)
WHERE i.deleted_at IS NULL AND i.status <> 'dismissed'
  AND i.created_at <= CAST(:at AS timestamptz) - make_interval(days => d.days)
  AND i.created_at > CAST(:at AS timestamptz) - make_interval(days => d.days + {CAUGHT_UP})
  AND NOT EXISTS (SELECT FROM {{support}}.effect_checks c WHERE c.intervention_id = i.id AND c.days = d.days)
ORDER BY i.id, d.days LIMIT :most
"""  # noqa: S608 - ours
_DUE_OF = _DUE.replace("ORDER BY", "  AND i.id = ANY(CAST(:rows AS uuid[]))\nORDER BY")
_CHECK = f"""
WITH due AS MATERIALIZED ({_DUE_OF}),
figures AS ({FIGURES.replace("[of]", "AND e.id IN (SELECT enrollment_id FROM due)")}), judged AS (
    SELECT j.*, {SAID} AS said FROM ({JUDGED}) AS j),
compared AS (
    SELECT due.id, due.days, due.enrollment_id, j.rank, coalesce(j.reasons, '{{}}') AS reasons, j.said,
           ARRAY(SELECT r FROM unnest(i.risk_reasons) r WHERE r IN ({_CODES})) AS before,
           {rank_of("coalesce(i.detected_level, i.risk_level)")} AS rank_before,
           CASE WHEN j.enrollment_id IS NOT NULL THEN jsonb_build_object(
               'attempts', j.attempts, 'failed', j.failed, 'scored', j.scored,
               'average', round(j.points / nullif(j.scored, 0), 2), 'completion', j.completion,
               'days_enrolled', j.days_enrolled, 'last_active_at', j.last_active_at, 'escalations', j.escalations)
               ELSE '{{}}' END AS figures, i.figures AS figures_before, e.status AS enrollment_status
    FROM due JOIN {{support}}.student_interventions i ON i.id = due.id
    JOIN {{support}}.student_enrollments e ON e.id = due.enrollment_id
    LEFT JOIN judged j ON j.enrollment_id = due.enrollment_id
), said AS (
    SELECT compared.*, CASE
        WHEN rank IS NULL THEN 'ended'
        WHEN rank = 0 OR rank < rank_before OR (rank = rank_before AND reasons <@ before AND NOT before <@ reasons)
            THEN 'improved'
        WHEN rank > rank_before OR NOT reasons <@ before THEN 'worse'
        ELSE 'unchanged' END AS verdict
    FROM compared
), checked AS (
    INSERT INTO {{support}}.effect_checks (intervention_id, days, at, verdict, level, reasons, figures)
    SELECT id, days, :at, verdict, CASE WHEN rank > 0 THEN {name_of("rank")} END, reasons, figures FROM said
    ON CONFLICT DO NOTHING RETURNING intervention_id, days, verdict
), failed AS (
    UPDATE {{support}}.student_interventions i SET status = 'escalated', outcome = 'needs_escalation',
        escalated_at = :at, escalated_to = k.owner_id,
        escalation_reason = format('after {max(DAYS)} days it is %s', checked.verdict)
    FROM checked, {{support}}.courses k, {{support}}.student_enrollments e
    WHERE i.id = checked.intervention_id AND k.id = i.course_id AND e.id = i.enrollment_id AND {CARED_FOR}
      AND {SOUND} AND checked.days = {max(DAYS)}
      AND checked.verdict IN ('unchanged', 'worse') AND i.deleted_at IS NULL AND {AWAKE}
      AND i.status IN ('pending', 'in_progress')
    RETURNING i.id
), helped AS (
    UPDATE {{support}}.student_interventions i SET outcome = 'student_improved'
    FROM checked WHERE i.id = checked.intervention_id AND checked.verdict = 'improved'
      AND i.status = 'resolved' AND i.outcome IS NULL AND i.deleted_at IS NULL
      AND {SOUND}
    RETURNING i.id
)
INSERT INTO {{support}}.decisions (enrollment_id, intervention_id, at, kind, reason, level, reasons, figures)
SELECT s.enrollment_id, s.id, :at, CASE WHEN f.id IS NULL THEN 'checked' ELSE 'escalated' END,
       format('after %s days: %s', s.days, s.verdict) || CASE s.verdict
           WHEN 'ended' THEN ', the enrollment is ' || s.enrollment_status
           ELSE coalesce('; ' || nullif(s.said, ''), '; no reason is left') END,
       CASE WHEN s.rank > 0 THEN {name_of("s.rank")} END, s.reasons, s.figures
FROM said s JOIN checked c ON c.intervention_id = s.id AND c.days = s.days
LEFT JOIN failed f ON f.id = s.id AND s.days = {max(DAYS)}
ORDER BY s.id, s.days
"""  # noqa: S608 - ours
_LOCK = f"""
SELECT i.id FROM {{support}}.student_interventions i WHERE i.id = ANY(CAST(:rows AS uuid[])) AND {OPEN}
ORDER BY i.enrollment_id FOR NO KEY UPDATE
"""  # noqa: S608 - ours


def check_effects(conn: Connection, at: datetime | None = None, most: int = 500) -> int:
    """Enter how interventions stand 7 and 14 days after they began, each once; returns how many were looked at.

    In the caller's transaction, at most so many: ask again until it is 0.
    """
    asked = {**bounds(at or clock(conn)), "days": list(DAYS), "most": most}
    # Found first, and locked in detection's order: what another one checks meanwhile is passed over below.
    asked["rows"] = sorted(set(conn.execute(sql(_DUE), asked).scalars()))
    conn.execute(sql(_LOCK), {"rows": asked["rows"]})
    return conn.execute(sql(_CHECK), asked).rowcount
