"""What waits is noted, promises are reckoned, and each alert is told once a window."""

from __future__ import annotations

import pytest

from bellwork.db.engine import forget
from bellwork.tasks.tutoring.health import check_health, check_promise, report_uptime
from bellwork.workers.testing import run_inline
from tests.tasks.tutoring.classroom import run, tutor

_INSIGHT = """
INSERT INTO {tutoring}.insights (computed_at, tutors, changes, late, slowest_seconds)
VALUES (now() - make_interval(hours => :hours), 1, :changes, :late, 1)
"""
_CHANGES = """
INSERT INTO {tutoring}.changes (bucket, tutor_id, noted_at)
SELECT 0, 't1', now() - make_interval(secs => :seconds) FROM generate_series(1, :many)
"""


@pytest.fixture(autouse=True)
def _office(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A database with a tutor, and a manager with an address."""
    del database
    monkeypatch.setenv("TUTORING_MANAGER", "manager@school.example")
    forget()
    tutor("t1")


@pytest.mark.parametrize(
    ("changes", "late", "alert"),
    [
        (0, 0, None),
        (100, 5, None),
        (100, 6, "insights late"),
        (100, 10, "insights late"),
        (100, 11, "insights late, gravely"),
    ],
)
def test_95_of_a_hundred_insights_within_an_hour_are_promised(changes: int, late: int, alert: str | None) -> None:
    """On both sides of 95 and 90 per cent; an older day does not count, and an alert is told once a window."""
    run(_INSIGHT, hours=1, changes=changes, late=late)
    run(_INSIGHT, hours=25, changes=1000, late=1000)
    for _ in range(3):
        run_inline(check_promise)
    alerts = [row["kind"] for row in run("SELECT kind FROM {tutoring}.alerts")]

    assert ([alert] if alert else []) == sorted(set(alerts))
    assert len(run("SELECT FROM bellwork.letters")) == len(alerts)
    assert {alert is None} == {row["ok"] for row in run("SELECT ok FROM {tutoring}.health")}


def test_a_change_that_waits_for_more_than_an_hour_is_late_already() -> None:
    """A standstill is no kept promise."""
    run(_INSIGHT, hours=1, changes=9, late=0)
    run(_CHANGES, seconds=3_660, many=1)
    run_inline(check_promise)
    [row] = run("SELECT figures FROM {tutoring}.health")

    assert {"changes": 10, "late": 1, "kept": 0.9} == row["figures"]
    assert ["insights late"] == [alert["kind"] for alert in run("SELECT kind FROM {tutoring}.alerts")]


@pytest.mark.parametrize(
    ("seconds", "many", "failed", "well"),
    [
        (1, 1_000, False, True),
        (1, 1_001, False, False),
        (880, 1, False, True),
        (910, 1, False, False),
        (1, 0, True, False),
    ],
)
def test_health_is_a_short_backlog_that_moves(seconds: int, many: int, failed: bool, well: bool) -> None:
    """A thousand changes, a quarter of an hour, and no tutor without rows; uptime counts the looks that were well."""
    run(_CHANGES, seconds=seconds, many=many)
    if failed:
        run("INSERT INTO {tutoring}.tutor_states (tutor_id, failed_at, error) VALUES ('t1', now(), 'odd')")
    run_inline(check_health)
    run_inline(report_uptime)
    rows = {row["kind"]: row for row in run("SELECT kind, ok, figures FROM {tutoring}.health")}

    assert well == rows["health"]["ok"]
    assert {"looks": 1, "well": int(well), "minutes": 60} == rows["uptime"]["figures"]
    assert (0 if well else 1) == len(run("SELECT FROM {tutoring}.alerts"))
