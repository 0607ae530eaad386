"""Writes the reports of the office, and each active tutor's week: once for a report and period, whoever asks again."""

from __future__ import annotations

from datetime import date
from typing import Any

from bellwork.db.engine import transaction
from bellwork.db.tutoring.reports import REPORTS, enter_report, read_digests, read_figures, today
from bellwork.tasks.providers import storage
from bellwork.tasks.tutoring.letters import tell_managers, tell_tutors
from bellwork.tasks.tutoring.reports.page import page
from bellwork.tasks.tutoring.reports.periods import period_of, span_of
from bellwork.workers import Permanent, job
from bellwork.workers.actor import actor

#: Where reports lie in the storage.
FOLDER = "tutoring/reports"
_REPORT: dict[str, Any] = {
    "callers": "internal",
    "queue_name": "tutoring-care",
    "max_retries": 3,
    "min_backoff": 300_000,
    "time_limit": 300_000,
}


@actor(actor_name="tutoring.write_report", **_REPORT)
def write_report(report: str, period: str | None = None) -> None:
    """Write a report of the newest period, or of the one that a day lies in, into the storage and to the managers.

    Permanent for a report that there is not, and a period that is no day.
    """
    if report not in REPORTS:
        raise Permanent(f"there is no report {report!r}; there are {', '.join(REPORTS)}")
    with transaction() as conn:
        since, until = _period(report, period, today(conn))
        figures = read_figures(conn, report, since, until)
    made = page(report, since, until, figures)
    name = f"{FOLDER}/{report}-{since}"
    for number, picture in enumerate(made.pictures, start=1):
        storage().put(f"{name}-{number}.svg", picture.encode())
    storage().put(f"{name}.txt", made.text.encode())
    url = storage().put(f"{name}.html", made.html.encode())
    # What was stored first stays, and is what is sent: an attempt before this one may have been cut off behind it.
    html, text = (storage().get(f"{name}.{ending}").decode() for ending in ("html", "txt"))
    with job.transaction() as conn:
        if enter_report(conn, report, since, figures, url):
            tell_managers(conn, f"{report}:{since}", made.title, text, html)


@actor(actor_name="tutoring.send_digests", **_REPORT)
def send_digests(period: str | None = None) -> None:
    """Write to each active tutor how the week went: sessions, rating and tier, never a score."""
    with job.transaction() as conn:
        since, until = _period("digest", period, today(conn))
        tell_tutors(conn, since, read_digests(conn, since, until))


def _period(report: str, period: str | None, now: date) -> tuple[date, date]:
    if period is None:
        return period_of(report, now)
    try:
        return span_of(report, date.fromisoformat(period))
    except (TypeError, ValueError) as wrong:
        raise Permanent(f"period is {period!r}; it is a UTC day of the period, like 2027-06-30") from wrong
