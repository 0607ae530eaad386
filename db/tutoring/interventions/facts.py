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

#: The WITH query `f`, over `picked`: prediction_id, tutor_id and the UTC day whose rows are read. Each tutor's rows are
#: looked up by index: how many are picked is nothing that a planner can know, and a join that it chooses for one tutor
#: takes minutes for thousands.
FACTS = f"""
f AS MATERIALIZED (
    SELECT picked.prediction_id, picked.tutor_id, coalesce(o.churn_score, p.churn_score) AS score,
           {band("coalesce(o.churn_score, p.churn_score)")} AS risk_level,
           m.tier, m.rating, m.engagement, m.reschedule_rate, m.first_success, coalesce(m.completed, 0) AS completed,
           m.rating - m.rating_7d AS rating_drop, m.engagement - m.engagement_7d AS engagement_drop,
           round(1 - m.completed_7d / nullif(m.completed * 7 / 30.0, 0), 4) AS volume_drop,
           greatest(0, picked.day - CAST(t.onboarding_date AT TIME ZONE 'UTC' AS date)) AS tenure_days,
           week.lowest AS lowest_of_week
    FROM picked
    JOIN {{tutoring}}.churn_predictions p ON p.prediction_id = picked.prediction_id
    JOIN {{tutoring}}.tutors t ON t.tutor_id = picked.tutor_id AND t.status IS DISTINCT FROM 'churned'
    LEFT JOIN {{tutoring}}.churn_overrides o ON o.prediction_id = picked.prediction_id
    CROSS JOIN LATERAL (
        SELECT max(m.performance_tier) FILTER (WHERE m."window" = '30day') AS tier,
               max(CAST(m.avg_rating AS numeric)) FILTER (WHERE m."window" = '30day') AS rating,
               max(CAST(m.avg_rating AS numeric)) FILTER (WHERE m."window" = '7day') AS rating_7d,
               max(CAST(m.engagement_score AS numeric)) FILTER (WHERE m."window" = '30day') AS engagement,
               max(CAST(m.engagement_score AS numeric)) FILTER (WHERE m."window" = '7day') AS engagement_7d,
               max(CAST(m.reschedule_rate AS numeric)) FILTER (WHERE m."window" = '30day') AS reschedule_rate,
               max(CAST(m.first_session_success_rate AS numeric)) FILTER (WHERE m."window" = '30day') AS first_success,
               max(m.sessions_completed) FILTER (WHERE m."window" = '30day') AS completed,
               max(m.sessions_completed) FILTER (WHERE m."window" = '7day') AS completed_7d
        FROM {{tutoring}}.tutor_performance_metrics m
        WHERE m.tutor_id = picked.tutor_id AND m."window" IN ('7day', '30day')
          AND (m.calculation_date AT TIME ZONE 'UTC')::date = picked.day
    ) AS m
    CROSS JOIN LATERAL (
        SELECT CASE WHEN count(*) >= {LASTING_DAYS} THEN min(last.score) END AS lowest FROM (
            SELECT DISTINCT ON (CAST(p.prediction_date AT TIME ZONE 'UTC' AS date))
                   coalesce(o.churn_score, p.churn_score) AS score
            FROM {{tutoring}}.churn_predictions p
            LEFT JOIN {{tutoring}}.churn_overrides o ON o.prediction_id = p.prediction_id
            WHERE p.tutor_id = picked.tutor_id AND p.prediction_date
                  >= (CAST(now() AT TIME ZONE 'UTC' AS date) - {LASTING_DAYS - 1})::timestamp AT TIME ZONE 'UTC'
            ORDER BY CAST(p.prediction_date AT TIME ZONE 'UTC' AS date), p.prediction_date DESC, p.prediction_id DESC
        ) AS last
    ) AS week
)"""  # noqa: S608 - fragments of ours, values are bound
