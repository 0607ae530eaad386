"""Reports are written once a period, as HTML, text and pictures, from figures that add up; tutors see no score."""

from __future__ import annotations

from datetime import date, timedelta
from xml.etree import ElementTree as ET

import pytest

from bellwork.db.engine import forget
from bellwork.tasks.providers import storage
from bellwork.tasks.tutoring.charts import bars, line
from bellwork.tasks.tutoring.reports.periods import period_of, span_of
from bellwork.tasks.tutoring.reports.write import send_digests, write_report
from bellwork.workers.testing import drain, run_inline
from tests.tasks.tutoring.classroom import days, predicted, run, tutor


@pytest.fixture
def office(database: str, monkeypatch: pytest.MonkeyPatch) -> date:
    """Two tutors and a manager; returns the Monday of this week."""
    del database
    monkeypatch.setenv("TUTORING_MANAGER", "manager@school.example")
    forget()
    tutor("t1", tier="Strong")
    tutor("t2", tier="At Risk")
    [row] = run("SELECT CAST(date_trunc('week', now() AT TIME ZONE 'UTC') AS date) AS monday")
    monday: date = row["monday"]
    return monday


@pytest.mark.parametrize(
    ("report", "today", "since", "until"),
    [
        ("weekly", "2026-11-30", "2026-11-23", "2026-11-30"),
        ("weekly", "2026-11-29", "2026-11-16", "2026-11-23"),
        ("digest", "2027-01-04", "2026-12-28", "2027-01-04"),
        ("monthly", "2027-01-01", "2026-12-01", "2027-01-01"),
        ("churn", "2028-03-31", "2028-02-01", "2028-03-01"),
        ("interventions", "2026-11-27", "2026-11-23", "2026-11-28"),
    ],
)
def test_a_report_is_of_the_period_that_has_ended(report: str, today: str, since: str, until: str) -> None:
    """The week before, the month before; for interventions the running week. Any day of a period names it."""
    first, after = period_of(report, date.fromisoformat(today))
    assert (date.fromisoformat(since), date.fromisoformat(until)) == (first, after)
    if report != "interventions":
        assert (first, after) == span_of(report, after - timedelta(days=1))


@pytest.mark.parametrize("report", ["weekly", "monthly", "interventions", "churn"])
def test_a_report_is_written_once_a_period(office: date, report: str) -> None:
    """Three jobs leave one row, one letter and one document, whose pictures are whole."""
    predicted("t1", 60, 0)
    for _ in range(3):
        run_inline(write_report, report=report, period=office.isoformat())
    drain()
    [row] = run("SELECT * FROM {tutoring}.reports")
    letters = run("SELECT key, state FROM bellwork.letters")
    html = storage().get(storage().key_of(row["url"])).decode()
    pictures = [part.partition("</svg>")[0] for part in html.split("<svg")[1:]]

    assert report == row["report"]
    assert [(f"tutoring.report:{report}:{row['period']}", "sent")] == [(each["key"], each["state"]) for each in letters]
    assert pictures
    for picture in pictures:
        ET.fromstring(f"<svg{picture}</svg>")  # noqa: S314 - our own
    assert storage().get(f"tutoring/reports/{report}-{row['period']}.txt").decode().splitlines()[0] in html


def test_the_figures_of_a_week_add_up(office: date) -> None:
    """Sessions held on its seven days, their ratings, and where tutors stand; other weeks count nowhere."""
    days("t1", "completed = 3, no_shows = 1, rated = 2, ratings = 9", since=40)
    days("t2", "completed = 0", since=40)
    before = office - timedelta(days=7)
    run_inline(write_report, report="weekly", period=before.isoformat())
    [row] = run("SELECT period, figures FROM {tutoring}.reports")
    figures = row["figures"]

    assert (before, 21, 7, 14, 4.5) == (
        row["period"],
        *(figures[name] for name in ("completed", "no_shows", "rated", "rating")),
    )
    assert 7 == len(figures["days"])


def test_a_tutor_is_told_the_tier_and_never_the_score(office: date) -> None:
    """Each active tutor once a week; the letter has sessions and tier in it, and no number of the prediction."""
    days("t1", "completed = 2", since=40)
    predicted("t1", 87, 8)
    run("UPDATE {tutoring}.tutors SET status = 'inactive' WHERE tutor_id = 't2'")
    before = (office - timedelta(days=7)).isoformat()
    for _ in range(2):
        run_inline(send_digests, period=before)
    [posted] = run("SELECT key, details FROM bellwork.letters")
    drain()

    assert f"tutoring.digest:{before}:t1" == posted["key"]
    assert {"tutor_id": "t1", "sessions": 14, "rating": None, "tier": "Strong"} == posted["details"]
    assert ["sent"] == [row["state"] for row in run("SELECT state FROM bellwork.letters")]


@pytest.mark.usefixtures("office")
@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        ({"report": "daily"}, "there is no report 'daily'; there are weekly, monthly, interventions, churn"),
        ({"report": "weekly", "period": "May"}, "period is 'May'"),
    ],
)
def test_what_is_no_report_is_refused(asked: dict[str, str], reason: str) -> None:
    """With the reason; nothing is stored."""
    job = run_inline(write_report, **asked)

    assert "dead" == job["state"]
    assert reason in job["reason"]


def test_a_picture_escapes_what_it_is_told_and_needs_no_values() -> None:
    """Names with markup are text; nothing, zero and one point are drawn, too."""
    for picture in (bars("a < b & c", {"<script>": 0}), bars("none", {}), line("none", []), line("one", [("x", 0)])):
        root = ET.fromstring(picture)  # noqa: S314 - our own
        assert "script" not in {element.tag.rpartition("}")[2] for element in root.iter()}
