"""The figures of the office's reports, each by one statement over sums of days, metrics, predictions, interventions.

A period is from a UTC day to before another; what stands at its end is read from the last row before that. A report of
a period is entered once.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from bellwork.db.sql import sql

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from sqlalchemy import Connection

_DAY = "CAST({} AT TIME ZONE 'UTC' AS date)"
_IN = f"{_DAY.format('i.{}')} >= :since AND {_DAY.format('i.{}')} < :until"


def _in(column: str) -> str:
    return _IN.replace("{}", column)


_PERFORMANCE = """
WITH days AS (
    SELECT d.day, sum(d.sessions) AS sessions, sum(d.completed) AS completed, sum(d.no_shows) AS no_shows,
           sum(d.reschedules) AS reschedules, sum(d.rated) AS rated, sum(d.ratings) AS ratings
    FROM {tutoring}.tutor_days d WHERE d.day >= :since AND d.day < :until GROUP BY d.day
), tiers AS (
    SELECT last.performance_tier AS tier, count(*) AS tutors FROM (
        SELECT DISTINCT ON (m.tutor_id) m.performance_tier FROM {tutoring}.tutor_performance_metrics m
        WHERE m."window" = '30day' AND CAST(m.calculation_date AT TIME ZONE 'UTC' AS date) < :until
          AND CAST(m.calculation_date AT TIME ZONE 'UTC' AS date) >= CAST(:until AS date) - 2
        ORDER BY m.tutor_id, m.calculation_date DESC
    ) AS last WHERE last.performance_tier IS NOT NULL GROUP BY 1
)
SELECT jsonb_build_object(
    'completed', coalesce(sum(completed), 0), 'no_shows', coalesce(sum(no_shows), 0),
    'reschedules', coalesce(sum(reschedules), 0), 'rated', coalesce(sum(rated), 0),
    'rating', round(sum(ratings) / nullif(sum(rated), 0)::numeric, 2),
    'days', coalesce(jsonb_object_agg(day, completed), '{}'),
    'tiers', (SELECT coalesce(jsonb_object_agg(tier, tutors), '{}') FROM tiers))
FROM days
"""
_INTERVENTIONS = f"""
SELECT jsonb_build_object(
    'begun', count(*) FILTER (WHERE {_in("recommended_date")}),
    'completed', count(*) FILTER (WHERE i.status = 'completed' AND {_in("completed_date")}),
    'open', count(*) FILTER (WHERE i.status IN ('pending', 'in_progress')),
    'overdue', count(*) FILTER (WHERE i.status IN ('pending', 'in_progress') AND i.due_date < now()),
    'types', (SELECT coalesce(jsonb_object_agg(coalesce(x.type, 'unknown'), x.begun), '{{}}') FROM (
        SELECT i.intervention_type AS type, count(*) AS begun FROM {{tutoring}}.interventions i
        WHERE {_in("recommended_date")} GROUP BY 1) x),
    'outcomes', (SELECT coalesce(jsonb_object_agg(x.outcome, x.many), '{{}}') FROM (
        SELECT i.outcome, count(*) AS many FROM {{tutoring}}.interventions i
        WHERE i.outcome IS NOT NULL AND {_in("completed_date")} GROUP BY 1) x))
FROM {{tutoring}}.interventions i
"""  # noqa: S608 - fragments of ours, values are bound
_CHURN = """
WITH last AS (
    SELECT DISTINCT ON (p.tutor_id) p.tutor_id, p.risk_level, p.contributing_factors, p.model_version
    FROM {tutoring}.churn_predictions p
    WHERE CAST(p.prediction_date AT TIME ZONE 'UTC' AS date) >= :since
      AND CAST(p.prediction_date AT TIME ZONE 'UTC' AS date) < :until
    ORDER BY p.tutor_id, p.prediction_date DESC, p.prediction_id DESC
)
SELECT jsonb_build_object(
    'tutors', (SELECT count(*) FROM last),
    'risks', (SELECT coalesce(jsonb_object_agg(coalesce(x.risk_level, 'unknown'), x.many), '{}') FROM (
        SELECT risk_level, count(*) AS many FROM last GROUP BY 1) x),
    'versions', (SELECT coalesce(jsonb_object_agg(coalesce(x.model_version, 'unknown'), x.many), '{}') FROM (
        SELECT model_version, count(*) AS many FROM last GROUP BY 1) x),
    'factors', (SELECT coalesce(jsonb_object_agg(x.key, x.many), '{}') FROM (
        SELECT f.key, count(*) AS many FROM last, jsonb_each_text(last.contributing_factors) f
        WHERE CAST(f.value AS numeric) >= 5 GROUP BY 1) x),
    'left', (SELECT count(DISTINCT c.tutor_id) FROM {tutoring}.status_changes c
             WHERE c.after = 'churned' AND CAST(c.at AT TIME ZONE 'UTC' AS date) >= :since
               AND CAST(c.at AT TIME ZONE 'UTC' AS date) < :until))
"""
_FIGURES = {
    "weekly": _PERFORMANCE,
    "monthly": _PERFORMANCE,
    "interventions": _INTERVENTIONS,
    "churn": _CHURN,
}
REPORTS = tuple(_FIGURES)
_DIGESTS = """
SELECT t.tutor_id, sum(d.completed) AS sessions, round(sum(d.ratings) / nullif(sum(d.rated), 0)::numeric, 2) AS rating,
       (SELECT m.performance_tier FROM {tutoring}.tutor_performance_metrics m
        WHERE m.tutor_id = t.tutor_id AND m."window" = '30day' ORDER BY m.calculation_date DESC LIMIT 1) AS tier
FROM {tutoring}.tutors t JOIN {tutoring}.tutor_days d ON d.tutor_id = t.tutor_id
WHERE t.status = 'active' AND d.day >= :since AND d.day < :until GROUP BY t.tutor_id ORDER BY t.tutor_id
"""
_ENTER = """
INSERT INTO {tutoring}.reports (report, period, figures, url) VALUES (:report, :period, CAST(:figures AS jsonb), :url)
ON CONFLICT DO NOTHING RETURNING report
"""
_TODAY = "SELECT CAST(now() AT TIME ZONE 'UTC' AS date)"


def read_figures(conn: Connection, report: str, since: date, until: date) -> dict[str, Any]:
    """Return the figures of one of REPORTS for the days from `since` to before `until`."""
    found: dict[str, Any] = conn.execute(sql(_FIGURES[report]), {"since": since, "until": until}).scalar_one()
    return found


def read_digests(conn: Connection, since: date, until: date) -> list[dict[str, Any]]:
    """Return of each active tutor the sessions held, their average rating and the tier of 30 days; no score."""
    rows = conn.execute(sql(_DIGESTS), {"since": since, "until": until}).mappings()
    return [
        {**row, "sessions": int(row["sessions"]), "rating": None if row["rating"] is None else str(row["rating"])}
        for row in rows
    ]


def enter_report(conn: Connection, report: str, period: date, figures: Mapping[str, Any], url: str) -> bool:
    """Enter a report of the period that begins on a day; False where it was entered before."""
    asked = {"report": report, "period": period, "figures": json.dumps(figures), "url": url}
    return conn.execute(sql(_ENTER), asked).one_or_none() is not None


def latest_report(conn: Connection, report: str) -> date | None:
    """Return the period of the newest report of a kind; None where none was written."""
    period: date | None = conn.execute(
        sql("SELECT max(period) FROM {tutoring}.reports WHERE report = :report"), {"report": report}
    ).scalar()
    return period


def today(conn: Connection) -> date:
    """Return the UTC day of PostgreSQL's clock."""
    day: date = conn.execute(sql(_TODAY)).scalar_one()
    return day
