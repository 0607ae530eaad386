"""The facts that the rules read, for every tutor with a prediction that is to be looked at.

score, risk_level   of the prediction, or what a manager wrote over it (bands in churn/factors.py)
tier, rating, engagement, reschedule_rate, first_success, completed   of the row of 30 days
rating_drop, engagement_drop   30 days minus 7 days
volume_drop         fraction by which the week is below 7 of 30 days
tenure_days         since onboarding
lowest_of_week      the lowest of the last 7 UTC days' last scores; unknown unless each of them has one
"""

from __future__ import annotations

from bellwork.db.tutoring.churn.factors import band
from bellwork.db.tutoring.interventions.rules import LASTING_DAYS

#: WITH queries up to `f`, over `picked`: prediction_id, tutor_id and the UTC day whose rows are read.
FACTS = f"""
rows AS (
    SELECT picked.tutor_id,
           max(m.performance_tier) FILTER (WHERE m."window" = '30day') AS tier,
           max(CAST(m.avg_rating AS numeric)) FILTER (WHERE m."window" = '30day') AS rating,
           max(CAST(m.avg_rating AS numeric)) FILTER (WHERE m."window" = '7day') AS rating_7d,
           max(CAST(m.engagement_score AS numeric)) FILTER (WHERE m."window" = '30day') AS engagement,
           max(CAST(m.engagement_score AS numeric)) FILTER (WHERE m."window" = '7day') AS engagement_7d,
           max(CAST(m.reschedule_rate AS numeric)) FILTER (WHERE m."window" = '30day') AS reschedule_rate,
           max(CAST(m.first_session_success_rate AS numeric)) FILTER (WHERE m."window" = '30day') AS first_success,
           max(m.sessions_completed) FILTER (WHERE m."window" = '30day') AS completed,
           max(m.sessions_completed) FILTER (WHERE m."window" = '7day') AS completed_7d
    FROM picked JOIN {{tutoring}}.tutor_performance_metrics m
        ON m.tutor_id = picked.tutor_id AND (m.calculation_date AT TIME ZONE 'UTC')::date = picked.day
    GROUP BY picked.tutor_id
), last_of_day AS (
    SELECT DISTINCT ON (p.tutor_id, CAST(p.prediction_date AT TIME ZONE 'UTC' AS date))
           p.tutor_id, coalesce(o.churn_score, p.churn_score) AS score
    FROM picked JOIN {{tutoring}}.churn_predictions p ON p.tutor_id = picked.tutor_id
    LEFT JOIN {{tutoring}}.churn_overrides o ON o.prediction_id = p.prediction_id
    WHERE p.prediction_date
          >= (CAST(now() AT TIME ZONE 'UTC' AS date) - {LASTING_DAYS - 1})::timestamp AT TIME ZONE 'UTC'
    ORDER BY p.tutor_id, CAST(p.prediction_date AT TIME ZONE 'UTC' AS date), p.prediction_date DESC,
             p.prediction_id DESC
), week AS (
    SELECT tutor_id, CASE WHEN count(*) >= {LASTING_DAYS} THEN min(score) END AS lowest
    FROM last_of_day GROUP BY tutor_id
), f AS (
    SELECT picked.prediction_id, picked.tutor_id, coalesce(o.churn_score, p.churn_score) AS score,
           {band("coalesce(o.churn_score, p.churn_score)")} AS risk_level,
           rows.tier, rows.rating, rows.engagement, rows.reschedule_rate, rows.first_success,
           coalesce(rows.completed, 0) AS completed, rows.rating - rows.rating_7d AS rating_drop,
           rows.engagement - rows.engagement_7d AS engagement_drop,
           round(1 - rows.completed_7d / nullif(rows.completed * 7 / 30.0, 0), 4) AS volume_drop,
           greatest(0, picked.day - CAST(t.onboarding_date AT TIME ZONE 'UTC' AS date)) AS tenure_days,
           week.lowest AS lowest_of_week
    FROM picked
    JOIN {{tutoring}}.churn_predictions p ON p.prediction_id = picked.prediction_id
    JOIN {{tutoring}}.tutors t ON t.tutor_id = picked.tutor_id AND t.status IS DISTINCT FROM 'churned'
    LEFT JOIN {{tutoring}}.churn_overrides o ON o.prediction_id = picked.prediction_id
    LEFT JOIN rows ON rows.tutor_id = picked.tutor_id LEFT JOIN week ON week.tutor_id = picked.tutor_id
)"""  # noqa: S608 - fragments of ours, values are bound
