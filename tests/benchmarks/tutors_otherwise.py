"""The metrics of tutors as others would make them, and what it costs to read the rows at all; seconds each."""

from __future__ import annotations

import json
import os
import subprocess
from datetime import UTC, datetime, timedelta
from statistics import fmean

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session as OrmSession

from bellwork.db.engine import engine, transaction
from bellwork.db.tutoring.tables import Feedback, Session, Tutor, TutorEvent, TutorMetrics
from tests.benchmarks.fleet import ROOT
from tests.benchmarks.peers import environment
from tests.benchmarks.spent import Spent, spent

_DAYS = 90
_SPAN = {"days": _DAYS}
_SERIAL = "SET LOCAL max_parallel_workers_per_gather = 0; SET LOCAL statement_timeout = 0"
_READ = (
    """SELECT count(tutor_id), count(session_number), count(scheduled_start), count(actual_start), count(no_show),
              count(tutor_initiated_reschedule), count(late_start_minutes), sum(engagement_score),
              count(learning_objectives_met)
       FROM tutoring.sessions WHERE scheduled_start >= now() - make_interval(days => :days)""",
    "SELECT count(session_id), sum(overall_rating) FROM tutoring.student_feedback",
    """SELECT count(tutor_id), count(event_type), count(metadata)
       FROM tutoring.tutor_events WHERE event_timestamp >= now() - make_interval(days => :days)""",
)
_PASS = """
WITH bounds AS MATERIALIZED (
    SELECT now() - interval '7 days' AS week, now() - interval '30 days' AS month, now() - interval '90 days' AS quarter
), s AS (
    SELECT s.tutor_id, (scheduled_start >= week)::int + (scheduled_start >= month)::int AS band, count(*) AS n,
           count(*) FILTER (WHERE NOT no_show AND actual_start IS NOT NULL) AS completed,
           count(overall_rating) AS rated, sum(overall_rating) AS ratings,
           count(overall_rating) FILTER (WHERE session_number = 1) AS firsts,
           count(*) FILTER (WHERE session_number = 1 AND overall_rating >= 4) AS good,
           count(*) FILTER (WHERE tutor_initiated_reschedule) AS reschedules, count(*) FILTER (WHERE no_show) AS missed,
           sum(engagement_score::numeric) AS engagement, count(engagement_score) AS engaged,
           count(*) FILTER (WHERE late_start_minutes <= 10) AS on_time,
           count(*) FILTER (WHERE learning_objectives_met) AS met, count(learning_objectives_met) AS goals
    FROM bounds, tutoring.sessions s LEFT JOIN tutoring.student_feedback f USING (session_id)
    WHERE scheduled_start >= now() - interval '90 days' GROUP BY 1, 2
), e AS (
    SELECT tutor_id, (event_timestamp >= week)::int + (event_timestamp >= month)::int AS band,
           count(*) FILTER (WHERE event_type = 'login') AS logins,
           sum((metadata ->> 'response_time_minutes')::numeric) FILTER (WHERE event_type = 'message_response') AS took
    FROM bounds, tutoring.tutor_events WHERE event_timestamp >= now() - interval '90 days' GROUP BY 1, 2
)
SELECT * FROM s FULL JOIN e USING (tutor_id, band)
"""
# What no night can leave out, by as many processes as a night may use: all sums of days but those of feedback, compared
# with nothing.
_ROOM = "SET LOCAL work_mem = '64MB'; SET LOCAL parallel_tuple_cost = 0.03; SET LOCAL statement_timeout = 0"
_GROUPED = (
    """SELECT count(*), sum(n), sum(completed), sum(missed), sum(reschedules), sum(on_time), sum(goals), sum(met),
              sum(engaged), sum(engagement)
       FROM (SELECT tutor_id, date_bin('1 day', scheduled_start, '2000-01-01+00'), count(*) AS n,
                    count(*) FILTER (WHERE NOT no_show AND actual_start IS NOT NULL) AS completed,
                    count(*) FILTER (WHERE no_show) AS missed,
                    count(*) FILTER (WHERE tutor_initiated_reschedule) AS reschedules,
                    count(*) FILTER (WHERE late_start_minutes <= 10) AS on_time,
                    count(learning_objectives_met) AS goals, count(*) FILTER (WHERE learning_objectives_met) AS met,
                    count(engagement_score) AS engaged,
                    sum(CAST(round(engagement_score * 1000) AS integer)) AS engagement
             FROM tutoring.sessions WHERE scheduled_start >= now() - make_interval(days => :days) GROUP BY 1, 2) x""",
    """SELECT count(*), sum(logins), sum(answers), sum(minutes)
       FROM (SELECT tutor_id, date_bin('1 day', event_timestamp, '2000-01-01+00'),
                    count(*) FILTER (WHERE event_type = 'login') AS logins,
                    count(*) FILTER (WHERE event_type = 'message_response') AS answers,
                    sum(CAST(metadata ->> 'response_time_minutes' AS numeric))
                        FILTER (WHERE event_type = 'message_response') AS minutes
             FROM tutoring.tutor_events
             WHERE event_type IN ('login', 'message_response')
               AND event_timestamp >= now() - make_interval(days => :days) GROUP BY 1, 2) y""",
)


def read_only() -> Spent:
    """Read the columns that the metrics are made of, of the days that count, in one process of PostgreSQL."""
    with transaction() as conn:
        conn.execute(text(_SERIAL))
        return spent(lambda: [conn.execute(text(each), _SPAN if ":days" in each else {}).all() for each in _READ])


def grouped_only() -> Spent:
    """Sum sessions and events up by tutor and day as a night does, without feedback; nothing is compared or written."""
    with transaction() as conn:
        conn.execute(text(_ROOM))
        return spent(lambda: [conn.execute(text(each), _SPAN).all() for each in _GROUPED])


def by_one_pass() -> Spent:
    """Sum the raw tables up by tutor and age in one statement and one process; windows would be sums of these."""
    with transaction() as conn:
        conn.execute(text(_SERIAL))
        return spent(lambda: conn.execute(text(_PASS)).all())


def by_orm(sampled: int) -> Spent:
    """Load each tutor's rows of each window, compute in Python and add a row; reckoned up to all by their sessions."""
    now = datetime.now(UTC)
    with OrmSession(engine()) as session:
        session.execute(text("SET LOCAL plan_cache_mode = force_custom_plan; SET LOCAL statement_timeout = 0"))
        chosen = session.scalars(select(Tutor).order_by(func.md5(Tutor.tutor_id)).limit(sampled)).all()
        recent = select(func.count()).where(Session.scheduled_start >= now - timedelta(days=_DAYS))
        everything = session.scalar(recent) or 0
        part = session.scalar(recent.where(Session.tutor_id.in_([tutor.tutor_id for tutor in chosen]))) or 1

        def loop() -> None:
            for tutor in chosen:
                for name, days in (("7day", 7), ("30day", 30), ("90day", 90)):
                    session.add(_row(session, tutor.tutor_id, name, now - timedelta(days=days), now))
                    session.flush()

        took = spent(loop)
        session.rollback()
    return took.times(everything / part)


def _row(session: OrmSession, tutor_id: str, name: str, since: datetime, until: datetime) -> TutorMetrics:
    mine = (Session.tutor_id == tutor_id, Session.scheduled_start >= since, Session.scheduled_start < until)
    sessions = session.scalars(select(Session).where(*mine)).all()
    said = session.scalars(select(Feedback).join(Session, Session.session_id == Feedback.session_id).where(*mine)).all()
    did = session.scalars(
        select(TutorEvent).where(
            TutorEvent.tutor_id == tutor_id, TutorEvent.event_timestamp >= since, TutorEvent.event_timestamp < until
        )
    ).all()
    numbers = {each.session_id: each.session_number for each in sessions}
    ratings = [each.overall_rating for each in said if each.overall_rating is not None]
    firsts = [r.overall_rating for r in said if numbers[r.session_id] == 1 and r.overall_rating is not None]
    engaged = [each.engagement_score for each in sessions if each.engagement_score is not None]
    goals = [each.learning_objectives_met for each in sessions if each.learning_objectives_met is not None]
    answers = [each.event_metadata or {} for each in did if each.event_type == "message_response"]
    minutes = [each["response_time_minutes"] for each in answers if "response_time_minutes" in each]
    logins = sum(each.event_type == "login" for each in did)
    count = len(sessions) or 1
    on_time = sum(each.late_start_minutes is not None and each.late_start_minutes <= 10 for each in sessions)
    return TutorMetrics(
        metric_id=f"orm_{tutor_id}_{name}",
        tutor_id=tutor_id,
        calculation_date=until + timedelta(days=3650),
        window_name=name,
        sessions_completed=sum(not each.no_show and each.actual_start is not None for each in sessions),
        avg_rating=round(fmean(ratings), 2) if ratings else None,
        first_session_success_rate=round(100 * sum(r >= 4 for r in firsts) / len(firsts), 2) if firsts else None,
        reschedule_rate=round(100 * sum(bool(each.tutor_initiated_reschedule) for each in sessions) / count, 2),
        no_show_count=sum(bool(each.no_show) for each in sessions),
        engagement_score=round(
            0.4 * min(100, 100 * logins / count) + 40 * (fmean(engaged) if engaged else 0.5) + 20 * on_time / count, 2
        ),
        learning_objectives_met_pct=round(100 * sum(goals) / len(goals), 2) if goals else None,
        response_time_avg_minutes=round(fmean(minutes), 2) if minutes else None,
    )


def by_duckdb() -> Spent:
    """Fetch the columns through ADBC and Arrow and compute all figures in DuckDB, in the peers' environment."""
    words = [str(environment.python()), "-m", "tests.benchmarks.peers.metrics"]
    asked = {**os.environ, "PYTHONPATH": str(ROOT)}
    told: list[dict[str, float]] = []

    def fetch_and_compute() -> None:
        done = subprocess.run(words, cwd=ROOT, env=asked, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"DuckDB failed: {done.stderr[-2000:]}"
        told.append(json.loads(done.stdout))

    servers = spent(fetch_and_compute).cpu
    return Spent(told[0]["seconds"], servers + told[0]["cpu"])
