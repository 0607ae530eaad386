"""Whether tutors are active, inactive or churned, as their sessions say; once a day, all in one statement.

churned    they resigned after their last session, or had none for more than 14 days, or fewer than half of their
           baseline in each of the last three weeks
inactive   no session for 8 to 14 days             active   all others: a session brings back
(tutormax, definition of churned.) Sessions are completed ones; who never had one is counted from onboarding_date, and a
baseline counts after three weeks. Who has churned keeps every row; only what stands open for him is cancelled.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from bellwork.db.sql import sql

if TYPE_CHECKING:
    from sqlalchemy import Connection

#: Days without a session: more than these.
INACTIVE_AFTER, CHURNED_AFTER = 7, 14
_WEEKS = ", ".join(
    f"count(*) FILTER (WHERE s.scheduled_start > now() - interval '{7 * week + 7} days'"
    f" AND s.scheduled_start <= now() - interval '{7 * week} days') AS week_{week}"
    for week in range(3)
)
_HALF = "t.baseline_sessions_per_week / 2"
_SETTLE = f"""
WITH counted AS (
    SELECT s.tutor_id, max(s.scheduled_start) AS last_at, {_WEEKS}
    FROM {{tutoring}}.sessions s
    WHERE NOT coalesce(s.no_show, false) AND s.actual_start IS NOT NULL AND s.scheduled_start <= now()
      AND s.scheduled_start > now() - interval '90 days'
    GROUP BY s.tutor_id
), found AS (
    SELECT t.tutor_id, t.status AS before, CASE
        WHEN r.at > coalesce(c.last_at, '-infinity') THEN 'resigned'
        WHEN now() - coalesce(c.last_at, t.onboarding_date) > interval '{CHURNED_AFTER} days'
            THEN 'no session for more than {CHURNED_AFTER} days'
        WHEN t.onboarding_date <= now() - interval '21 days'
             AND greatest(c.week_0, c.week_1, c.week_2) < {_HALF} THEN 'below half of the baseline for three weeks'
        END AS left_for,
        now() - coalesce(c.last_at, t.onboarding_date) > interval '{INACTIVE_AFTER} days' AS is_away
    FROM {{tutoring}}.tutors t LEFT JOIN counted c ON c.tutor_id = t.tutor_id
    LEFT JOIN (
        SELECT e.tutor_id, max(e.event_timestamp) AS at FROM {{tutoring}}.tutor_events e
        WHERE e.event_type = 'resignation' AND e.event_timestamp <= now() GROUP BY e.tutor_id
    ) AS r ON r.tutor_id = t.tutor_id
), wanted AS (
    SELECT found.*,
           CASE WHEN left_for IS NOT NULL THEN 'churned' WHEN is_away THEN 'inactive' ELSE 'active' END AS after
    FROM found
), changed AS (
    UPDATE {{tutoring}}.tutors t SET status = wanted.after, updated_at = now() FROM wanted
    WHERE t.tutor_id = wanted.tutor_id AND t.status IS DISTINCT FROM wanted.after
    RETURNING t.tutor_id, wanted.before, wanted.after, wanted.left_for
), noted AS (
    INSERT INTO {{tutoring}}.status_changes (tutor_id, before, after, why)
    SELECT tutor_id, before, after, coalesce(left_for, CASE after
        WHEN 'inactive' THEN 'no session for more than {INACTIVE_AFTER} days' ELSE 'a session' END) FROM changed
), cancelled AS (
    UPDATE {{tutoring}}.interventions i SET status = 'cancelled', updated_at = now(),
        notes = concat_ws(E'\\n', i.notes, 'cancelled: the tutor has left')
    FROM changed WHERE changed.after = 'churned' AND i.tutor_id = changed.tutor_id
      AND i.status IN ('pending', 'in_progress')
    RETURNING i.intervention_id
)
SELECT changed.tutor_id, changed.before, changed.after, changed.left_for FROM changed ORDER BY changed.tutor_id
"""  # noqa: S608 - fragments of ours


class StatusChange(NamedTuple):
    """A tutor whose status changed; `why` for one who has churned."""

    tutor_id: str
    before: str | None
    after: str
    why: str | None


def settle_statuses(conn: Connection) -> list[StatusChange]:
    """Bring every tutor's status up to date and cancel what stands open for who has churned; returns the changes."""
    return [StatusChange(*row) for row in conn.execute(sql(_SETTLE))]
