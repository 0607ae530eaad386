"""The rows of metrics, for any number of tutors in one statement: sums of days, figures, flags, tier, upsert.

Formulas, windows and counting: tasks/tutoring/README.md, What the figures mean; tiers: thresholds.py. Figures are
numeric throughout, with thirty more places than their sums have, so that flags compare what is exact; stored are two
decimals, halves away from zero.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, NamedTuple

from bellwork.db.sql import sql
from bellwork.db.tutoring.thresholds import THRESHOLDS, bound

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

_SUMMED = (
    *("sessions", "completed", "no_shows", "reschedules", "on_time", "objectives", "objectives_met", "engaged"),
    *("engagement", "rated", "ratings", "first_rated", "first_good", "logins", "responses", "response_minutes"),
)
_FIGURES = (
    *("avg_rating", "first_session_success_rate", "reschedule_rate", "no_show_count", "engagement_score"),
    *("learning_objectives_met_pct", "response_time_avg_minutes"),
)
_ROUNDED = tuple(name for name in _FIGURES if name != "no_show_count")
_ROWS = """
WITH who AS MATERIALIZED (
    SELECT t.tutor_id FROM {tutoring}.tutors t WHERE t.tutor_id = ANY(CAST(:tutors AS text[]))
), bands AS (
    SELECT who.tutor_id, p.name, p.since, x.*
    FROM who CROSS JOIN (VALUES ('7day', 6, 0), ('30day', 29, 7), ('90day', 89, 30)) AS p (name, since, until)
    CROSS JOIN LATERAL (
        SELECT [sums of days] FROM {tutoring}.tutor_days d
        WHERE d.tutor_id = who.tutor_id AND d.day BETWEEN CAST(:day AS date) - p.since AND CAST(:day AS date) - p.until
    ) AS x
), sums AS (
    SELECT b.tutor_id, b.name, [sums of bands] FROM bands b WINDOW longer AS (PARTITION BY b.tutor_id ORDER BY b.since)
), figures AS MATERIALIZED (
    SELECT tutor_id, name, completed AS sessions_completed, no_shows AS no_show_count,
           [exact] * ratings / nullif(rated, 0) AS avg_rating,
           [exact] * 100 * first_good / nullif(first_rated, 0) AS first_session_success_rate,
           [exact] * 100 * reschedules / nullif(sessions, 0) AS reschedule_rate,
           -- 0.4 min(100, 100 logins / sessions) + 0.4 (100 mean engagement, or 50) + 0.2 (100 on time / sessions)
           CASE WHEN engaged = 0
               THEN [exact] * (40 * least(logins, sessions) + 20 * sessions + 20 * on_time) / nullif(sessions, 0)
               ELSE [exact] * ((40 * least(logins, sessions) + 20 * on_time) * engaged + 40 * engagement * sessions)
                   / nullif(sessions * engaged, 0)
           END AS engagement_score,
           [exact] * 100 * objectives_met / nullif(objectives, 0) AS learning_objectives_met_pct,
           [exact] * response_minutes / nullif(responses, 0) AS response_time_avg_minutes
    FROM sums
), flagged AS MATERIALIZED (
    SELECT *, [flags] AS flags FROM figures
), counted AS (
    SELECT *, 6 - length(replace(flags, 'g', '')) AS greens, 6 - length(replace(flags, 'r', '')) AS reds FROM flagged
), tiered AS MATERIALIZED (
    SELECT *, CASE
        WHEN greens >= :exemplary AND reds = 0 THEN 'Exemplary'
        WHEN reds >= :at_risk THEN 'At Risk'
        WHEN reds >= :attention THEN 'Needs Attention'
        WHEN greens >= :strong THEN 'Strong'
        ELSE 'Developing' END AS tier
    FROM counted
), written AS (
    INSERT INTO {tutoring}.tutor_performance_metrics AS m (
        metric_id, tutor_id, calculation_date, "window", sessions_completed, no_show_count, performance_tier,
        [rounded names]
    )
    SELECT 'metric_' || left(encode(sha256(convert_to(tutor_id || '|' || name || '|' || :day, 'UTF8')), 'hex'), 32),
           tutor_id, CAST(:at AS timestamptz), name, sessions_completed, no_show_count, tier, [rounded]
    FROM tiered
    ON CONFLICT (tutor_id, "window", ((calculation_date AT TIME ZONE 'UTC')::date)) DO UPDATE
    SET calculation_date = excluded.calculation_date, updated_at = now(), performance_tier = excluded.performance_tier,
        sessions_completed = excluded.sessions_completed, no_show_count = excluded.no_show_count, [set]
), before AS MATERIALIZED (
    SELECT st.tutor_id, st.tier, st.flags FROM who JOIN {tutoring}.tutor_states st USING (tutor_id)
), stated AS (
    INSERT INTO {tutoring}.tutor_states AS st (tutor_id, rolled_through, computed_at, tier, flags)
    SELECT tutor_id, CAST(:day AS date) - 1, CAST(:at AS timestamptz), tier, flags
    FROM tiered WHERE name = '30day' AND CAST(:current AS boolean)
    ON CONFLICT (tutor_id) DO UPDATE
    SET rolled_through = excluded.rolled_through, computed_at = excluded.computed_at, tier = excluded.tier,
        flags = excluded.flags, failed_at = NULL, error = NULL
), kept AS (
    INSERT INTO {tutoring}.insights (computed_at, tutors, changes, late, slowest_seconds)
    SELECT CAST(:at AS timestamptz), (SELECT count(*) FROM who), :changes, :late_changes, :slowest WHERE :changes > 0
)
SELECT t.tutor_id, t.tier, b.tier, (t.tier, t.flags) IS DISTINCT FROM (b.tier, b.flags)
FROM tiered t LEFT JOIN before b USING (tutor_id) WHERE t.name = '30day'
"""


def _flag(figure: str, *, higher_is_better: bool) -> str:
    better, worse = (">=", "<") if higher_is_better else ("<=", ">")
    green, red = (
        f"{figure} {sign} CAST(:{figure}_{side} AS numeric)" for sign, side in ((better, "green"), (worse, "red"))
    )
    return f"CASE WHEN {green} THEN 'g' WHEN {red} THEN 'r' ELSE '-' END"


_PARTS = {
    "[sums of days]": ", ".join(f"sum(d.{name}) AS {name}" for name in _SUMMED),
    "[sums of bands]": ", ".join(f"coalesce(sum(b.{name}) OVER longer, 0) AS {name}" for name in _SUMMED),
    "[exact]": "1.000000000000000000000000000000",
    "[flags]": " || ".join(_flag(each.figure, higher_is_better=each.higher_is_better) for each in THRESHOLDS),
    "[rounded names]": ", ".join(_ROUNDED),
    "[rounded]": ", ".join(f"CAST(round({name}, 2) AS float8)" for name in _ROUNDED),
    "[set]": ", ".join(f"{name} = excluded.{name}" for name in _ROUNDED),
}
for _name, _part in _PARTS.items():
    _ROWS = _ROWS.replace(_name, _part)


class Standing(NamedTuple):
    """A tutor's 30-day tier after a recompute and before it (None: no row yet); `moved` also where a flag changed."""

    tutor_id: str
    tier: str
    before: str | None
    moved: bool


class Lateness(NamedTuple):
    """How long the changes waited that a recompute takes up: how many, how many beyond the promise, the slowest."""

    changes: int = 0
    late: int = 0
    slowest: float = 0.0


def end_of(day: date) -> datetime:
    """Return the last microsecond of a UTC day: the moment that the final rows of the day carry."""
    return datetime.combine(day + timedelta(days=1), time(), UTC) - timedelta(microseconds=1)


def write_rows(  # noqa: PLR0913 - each is a choice of its own
    conn: Connection,
    tutors: Sequence[str],
    day: date,
    at: datetime,
    *,
    current: bool,
    waited: Lateness | None = None,
) -> list[Standing]:
    """Write the three rows of `day` of these tutors, made of the sums of their days.

    `at` is their calculation_date. Rows that are `current` also say how far each tutor's sums are (`tutor_states`); the
    caller has summed up every day until `at` then, and holds the buckets. Raises what PostgreSQL raises where one
    tutor's figures cannot be stored; nothing is written then.
    """
    waited = waited or Lateness()
    asked = {
        **bound(),
        "tutors": list(tutors),
        "day": day.isoformat(),
        "at": at,
        "current": current,
        "changes": waited.changes,
        "late_changes": waited.late,
        "slowest": waited.slowest,
    }
    return [Standing(*row) for row in conn.execute(sql(_ROWS), asked)]
