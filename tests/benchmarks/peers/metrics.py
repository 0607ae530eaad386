"""The metrics of tutors by Arrow and DuckDB: the rows are fetched through ADBC, then grouped here; nothing is written.

Run in the peers' environment; prints one line of JSON: rows made, seconds of the fetch and of all, CPU of this
process. Sums are of doubles, as DuckDB adds them up.
"""

from __future__ import annotations

import json
import os
import sys
import time

import duckdb
from adbc_driver_postgresql import dbapi

_SESSIONS = """
SELECT session_id, tutor_id, scheduled_start, session_number, no_show, actual_start IS NOT NULL AS began,
       tutor_initiated_reschedule AS moved, late_start_minutes AS late, engagement_score AS engagement,
       learning_objectives_met AS met
FROM tutoring.sessions WHERE scheduled_start >= now() - interval '90 days'
"""
_FEEDBACK = "SELECT session_id, overall_rating AS rating FROM tutoring.student_feedback"
_EVENTS = """
SELECT tutor_id, event_timestamp, event_type, CAST(metadata ->> 'response_time_minutes' AS float8) AS minutes
FROM tutoring.tutor_events WHERE event_timestamp >= now() - interval '90 days'
"""
_BAND = "CASE WHEN {at} >= now() - INTERVAL 7 DAY THEN 7 WHEN {at} >= now() - INTERVAL 30 DAY THEN 30 ELSE 90 END"
_FIGURES = f"""
WITH s AS (
    SELECT tutor_id, {_BAND.format(at="scheduled_start")} AS band, count(*) AS n,
           count(*) FILTER (WHERE NOT no_show AND began) AS completed, count(*) FILTER (WHERE no_show) AS missed,
           count(rating) AS rated, sum(rating) AS ratings, count(*) FILTER (WHERE moved) AS moved,
           count(rating) FILTER (WHERE session_number = 1) AS firsts,
           count(*) FILTER (WHERE session_number = 1 AND rating >= 4) AS good,
           count(*) FILTER (WHERE late <= 10) AS on_time, count(met) AS goals, count(*) FILTER (WHERE met) AS reached,
           sum(engagement) AS engagement, count(engagement) AS engaged
    FROM sessions LEFT JOIN feedback USING (session_id) GROUP BY 1, 2
), e AS (
    SELECT tutor_id, {_BAND.format(at="event_timestamp")} AS band,
           count(*) FILTER (WHERE event_type = 'login') AS logins,
           sum(minutes) FILTER (WHERE event_type = 'message_response') AS minutes,
           count(minutes) FILTER (WHERE event_type = 'message_response') AS answers
    FROM events GROUP BY 1, 2
), w AS (
    SELECT tutor_id, days, sum(COLUMNS(* EXCLUDE (tutor_id, band, days)))
    FROM s FULL JOIN e USING (tutor_id, band) JOIN (VALUES (7), (30), (90)) v (days) ON band <= days GROUP BY 1, 2
)
SELECT tutor_id, days, completed, missed, round(ratings / rated, 2), round(100 * good / firsts, 2),
       round(100 * moved / n, 2), round(100 * reached / goals, 2), round(minutes / answers, 2),
       round(0.4 * least(100, 100 * logins / n) + 40 * coalesce(engagement / engaged, 0.5) + 20 * on_time / n, 2)
FROM w
"""  # noqa: S608 - fragments of ours


def main() -> dict[str, float]:
    """Fetch and compute once."""
    with dbapi.connect(os.environ["DATABASE_URL"]) as conn, conn.cursor() as cursor, duckdb.connect() as local:
        began, cpu = time.perf_counter(), time.process_time()
        for name, query in (("sessions", _SESSIONS), ("feedback", _FEEDBACK), ("events", _EVENTS)):
            cursor.execute(query)
            local.register(name, cursor.fetch_arrow_table())
        fetched = time.perf_counter() - began
        rows = local.execute(_FIGURES).fetchall()
        took = time.perf_counter() - began
        return {"rows": len(rows), "fetch": fetched, "seconds": took, "cpu": time.process_time() - cpu}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main()) + "\n")
