"""A team's own tables are adopted with their rows; what stands twice and may stand once is named first."""

from __future__ import annotations

import pytest
from alembic.util import CommandError
from sqlalchemy import text

from bellwork.db import migrate
from bellwork.db.engine import transaction
from bellwork.tasks.tutoring.nightly import recompute_all
from bellwork.workers.testing import run_inline
from tests.tasks.tutoring import place

_TUTORS = """
CREATE TABLE tutoring.tutors (
    tutor_id VARCHAR(50) PRIMARY KEY, name VARCHAR(200), email VARCHAR(255), onboarding_date TIMESTAMPTZ,
    status VARCHAR(50), subjects VARCHAR[], education_level VARCHAR(100), location VARCHAR(200),
    baseline_sessions_per_week FLOAT, behavioral_archetype VARCHAR(50), created_at TIMESTAMPTZ, updated_at TIMESTAMPTZ);
INSERT INTO tutoring.tutors (tutor_id, name, email, status) VALUES ('ann', 'Ann', 'ann@x.example', 'on leave');
"""
_METRICS = """
CREATE TABLE tutoring.tutor_performance_metrics (
    metric_id VARCHAR(50) PRIMARY KEY, tutor_id VARCHAR(50), calculation_date TIMESTAMPTZ, "window" VARCHAR(20),
    sessions_completed INTEGER, avg_rating FLOAT, first_session_success_rate FLOAT, reschedule_rate FLOAT,
    no_show_count INTEGER, engagement_score FLOAT, learning_objectives_met_pct FLOAT, response_time_avg_minutes FLOAT,
    performance_tier VARCHAR(50), created_at TIMESTAMPTZ, updated_at TIMESTAMPTZ);
INSERT INTO tutoring.tutor_performance_metrics (metric_id, tutor_id, calculation_date, "window")
SELECT 'm' || n, 'ann', timestamptz '2026-01-01 23:00+00' + n * interval '20 minutes', '7day'
FROM generate_series(1, 4) n
"""


@pytest.mark.usefixtures("empty_database")
def test_a_teams_tables_are_adopted_once_their_rows_are_single() -> None:
    """Two rows of one UTC day stop the migration with their number; with one of each it goes on, and keeps the rows."""
    with transaction() as conn:
        conn.execute(text("CREATE SCHEMA tutoring"))
        for statement in (_TUTORS + _METRICS).split(";\n"):
            conn.execute(text(statement))
    with pytest.raises(CommandError, match="2 times rows of tutor_performance_metrics stand twice"):
        migrate.upgrade()
    with transaction() as conn:
        assert conn.execute(text("SELECT to_regclass('tutoring.sessions')")).scalar_one() is None
    place.change("DELETE FROM tutoring.tutor_performance_metrics WHERE metric_id IN ('m2', 'm4')")
    migrate.upgrade()
    job = run_inline(recompute_all)

    assert "done" == job["state"]
    assert [("m1",), ("m3",)] == place.ask(
        "SELECT metric_id FROM tutoring.tutor_performance_metrics WHERE metric_id LIKE 'm_' ORDER BY 1"
    )
    assert 6 == len(place.ask("SELECT FROM tutoring.tutor_performance_metrics WHERE metric_id NOT LIKE 'm_'"))
