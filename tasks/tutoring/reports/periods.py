"""Which days a report is of: the week or month that has ended, or the running week for interventions."""

from __future__ import annotations

from datetime import date, timedelta


def period_of(report: str, today: date) -> tuple[date, date]:
    """Return the first day of the newest period of a report, and the day after its last one.

    weekly and digest: the ISO week before; monthly and churn: the month before; interventions: this week up to today.
    """
    monday = today - timedelta(days=today.weekday())
    if report in {"weekly", "digest"}:
        return monday - timedelta(days=7), monday
    if report == "interventions":
        return monday, today + timedelta(days=1)
    return beginning(report, today.replace(day=1) - timedelta(days=1)), today.replace(day=1)


def span_of(report: str, first: date) -> tuple[date, date]:
    """Return the first day of the period that a day lies in, and the day after its last one."""
    first = beginning(report, first)
    if report in {"weekly", "digest", "interventions"}:
        return first, first + timedelta(days=7)
    return first, (first + timedelta(days=31)).replace(day=1)


def beginning(report: str, day: date) -> date:
    """Return the Monday, or the first of the month, of the period that a day lies in."""
    return day.replace(day=1) if report in {"monthly", "churn"} else day - timedelta(days=day.weekday())
