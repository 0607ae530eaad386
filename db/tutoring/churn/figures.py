"""The figures that a prediction is made of, for all tutors or for one, as they stand at a UTC day.

login_drop          fraction by which logins of the last 14 days are below those of the 14 days before
engagement_drop     points, rating_drop stars: the row of 30 days minus that of 7 days
reschedule_rate     per cent of 30 days                  reschedules_7d   by the tutor, in 7 days
first_success       per cent of 30 days' rated first sessions
no_shows_30d, no_shows_14d                               poor_first_session   of 30 days, see factors.py
tenure_days         since onboarding                     session_gap_days     since the last completed session
baseline_shortfall  fraction by which sessions a week, over three weeks, are below
                    baseline_sessions_per_week; of who is with us for three weeks

What is not known is NULL: a week without feedback has no average, a tutor without a baseline no shortfall.
"""

from __future__ import annotations

#: The UTC day whose rows and sums are read: today unless one is asked for.
DAY = "(SELECT day FROM that)"
#: WITH queries up to `f`: a row for each tutor who has not left. `{{who}}` narrows them down; `:day` is a UTC day.
FIGURES = f"""
that AS MATERIALIZED (
    SELECT coalesce(CAST(:day AS date), CAST(now() AT TIME ZONE 'UTC' AS date)) AS day
), asked AS (
    SELECT t.tutor_id, t.baseline_sessions_per_week AS baseline,
           greatest(0, {DAY} - CAST(t.onboarding_date AT TIME ZONE 'UTC' AS date)) AS tenure_days
    FROM {{tutoring}}.tutors t WHERE t.status IS DISTINCT FROM 'churned' {{who}}
), f AS (
    SELECT a.tutor_id, a.tenure_days,
           round((days.logins_before - coalesce(days.logins_14d, 0)) / nullif(days.logins_before, 0)::numeric, 4)
               AS login_drop,
           rows.engagement - rows.engagement_7d AS engagement_drop, rows.rating - rows.rating_7d AS rating_drop,
           rows.reschedule_rate, coalesce(days.reschedules_7d, 0) AS reschedules_7d, rows.first_success,
           rows.no_shows_30d, coalesce(days.no_shows_14d, 0) AS no_shows_14d,
           coalesce(days.troubled_30d, 0) > 0 AS poor_first_session,
           CASE WHEN a.tenure_days >= 21 THEN round(1 - coalesce(days.completed_21d, 0) / 3.0
               / nullif(CAST(a.baseline AS numeric), 0), 4) END AS baseline_shortfall,
           least(a.tenure_days, {DAY} - coalesce(days.last_day, {DAY} - 90)) AS session_gap_days
    FROM asked a
    CROSS JOIN LATERAL (
        SELECT max(CAST(m.avg_rating AS numeric)) FILTER (WHERE m."window" = '30day') AS rating,
               max(CAST(m.avg_rating AS numeric)) FILTER (WHERE m."window" = '7day') AS rating_7d,
               max(CAST(m.engagement_score AS numeric)) FILTER (WHERE m."window" = '30day') AS engagement,
               max(CAST(m.engagement_score AS numeric)) FILTER (WHERE m."window" = '7day') AS engagement_7d,
               max(CAST(m.reschedule_rate AS numeric)) FILTER (WHERE m."window" = '30day') AS reschedule_rate,
               max(CAST(m.first_session_success_rate AS numeric)) FILTER (WHERE m."window" = '30day') AS first_success,
               max(m.no_show_count) FILTER (WHERE m."window" = '30day') AS no_shows_30d
        FROM {{tutoring}}.tutor_performance_metrics m
        WHERE m.tutor_id = a.tutor_id AND m."window" IN ('7day', '30day')
          AND (m.calculation_date AT TIME ZONE 'UTC')::date = {DAY}
    ) AS rows
    CROSS JOIN LATERAL (
        SELECT sum(d.logins) FILTER (WHERE d.day > {DAY} - 14) AS logins_14d,
               sum(d.logins) FILTER (WHERE d.day BETWEEN {DAY} - 27 AND {DAY} - 14) AS logins_before,
               sum(d.reschedules) FILTER (WHERE d.day > {DAY} - 7) AS reschedules_7d,
               sum(d.no_shows) FILTER (WHERE d.day > {DAY} - 14) AS no_shows_14d,
               sum(d.completed) FILTER (WHERE d.day > {DAY} - 21) AS completed_21d,
               sum(d.first_troubled) FILTER (WHERE d.day > {DAY} - 30) AS troubled_30d,
               max(d.day) FILTER (WHERE d.completed > 0) AS last_day
        FROM {{tutoring}}.tutor_days d
        WHERE d.tutor_id = a.tutor_id AND d.day > {DAY} - 90 AND d.day <= {DAY}
    ) AS days
)"""  # noqa: S608 - fragments of ours, values are bound
