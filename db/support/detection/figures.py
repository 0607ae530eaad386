"""What is known of an enrollment at a moment, as SQL: every figure that a rule reads, with its name.

Windows are half open: what happened exactly seven days ago is no longer within seven days. All bounds are parameters
of the statement, for a bound that is computed in it costs each row anew.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

WEEK, MONTH = timedelta(days=7), timedelta(days=30)
#: For so long a dismissed false positive is not raised again unless the level rises (student_interventions, lifecycle).
HELD = timedelta(days=14)

#: How a moment is written in the words of a decision.
MOMENT = "'YYYY-MM-DD HH24:MI \"UTC\"'"
#: Rows of enrollments that are active and whose student was not erased, with their figures; [of] narrows them down.
FIGURES = """
SELECT e.id AS enrollment_id, e.user_id, e.course_id, e.enrolled_at, coalesce(e.completion_percentage, 0) AS completion,
       floor(extract(epoch FROM CAST(:at AS timestamptz) - e.enrolled_at) / 86400) AS days_enrolled,
       q.attempts, q.failed, q.scored, q.points, c.completed_at AS last_completed_at,
       greatest(e.enrolled_at, c.completed_at) AS last_active_at, x.escalations,
       CASE WHEN k.excluded THEN 'its course is excluded'
            WHEN e.ends_at <= CAST(:at AS timestamptz)
            THEN 'the enrollment ended at ' || to_char(e.ends_at AT TIME ZONE 'UTC', [moment])
            WHEN e.paused_from <= CAST(:at AS timestamptz) AND coalesce(e.paused_until, 'infinity') > :at
            THEN 'the enrollment is paused since ' || to_char(e.paused_from AT TIME ZONE 'UTC', [moment])
       END AS stopped_by
FROM {support}.student_enrollments e
LEFT JOIN {support}.courses k ON k.id = e.course_id
CROSS JOIN LATERAL (
    SELECT count(*) AS attempts, count(*) FILTER (WHERE NOT t.passed) AS failed,
           count(t.score) FILTER (WHERE t.submitted_at > CAST(:month AS timestamptz)) AS scored,
           sum(t.score) FILTER (WHERE t.submitted_at > CAST(:month AS timestamptz)) AS points
    FROM (
        SELECT a.passed, a.score, a.submitted_at FROM {support}.quiz_attempts a
        WHERE a.enrollment_id = e.id AND a.submitted_at <= CAST(:at AS timestamptz)
        ORDER BY a.submitted_at DESC, a.source_id DESC LIMIT 10
    ) AS t
) AS q
LEFT JOIN LATERAL (
    SELECT t.completed_at FROM {support}.topic_completions t
    WHERE t.enrollment_id = e.id AND t.completed_at <= CAST(:at AS timestamptz)
    ORDER BY t.completed_at DESC LIMIT 1
) AS c ON true
CROSS JOIN LATERAL (
    SELECT count(*) AS escalations FROM {support}.escalations x
    WHERE x.enrollment_id = e.id
      AND x.escalated_at > CAST(:week AS timestamptz) AND x.escalated_at <= CAST(:at AS timestamptz)
) AS x
WHERE e.status = 'active' [of]
  AND NOT EXISTS (SELECT FROM {support}.user_profiles u WHERE u.id = e.user_id AND u.erased_at IS NOT NULL)
""".replace("[moment]", MOMENT)


def bounds(at: datetime) -> dict[str, datetime]:
    """Return a moment and the beginnings of the windows that end at it, as FIGURES and the decisions ask for them."""
    return {"at": at, "week": at - WEEK, "month": at - MONTH, "held": at - HELD}
