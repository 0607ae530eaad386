"""The metrics once more, in plain Python over lists of rows: slow, exact, and written without a look at the statements.

A row is a dict of a table's columns. Formulas and thresholds are those of tasks/tutoring/README.md.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

Row = dict[str, Any]
WINDOWS = {"7day": 7, "30day": 30, "90day": 90}


def rows_of(  # noqa: PLR0913, PLR0917 - all there is to know
    tutor_id: str, day: date, at: datetime, sessions: list[Row], feedback: list[Row], events: list[Row]
) -> dict[str, Row]:
    """Return what the three rows of a tutor and day must say, by window, if they are computed at a moment."""
    return {
        window: _row(tutor_id, day - timedelta(days=days - 1), day, at, sessions, feedback, events)
        for window, days in WINDOWS.items()
    }


def rounded(value: Fraction | None) -> float | None:
    """Round to two decimals, halves away from zero."""
    if value is None:
        return None
    cents = (abs(value) * 200 + 1) // 2
    return float(Decimal(int(cents)) / 100) * (1 if value >= 0 else -1)


def exact(value: float) -> Fraction:
    """Return what PostgreSQL makes of a double as a numeric: its fifteen significant digits."""
    return Fraction(Decimal(f"{value:.15g}"))


def _row(  # noqa: PLR0913, PLR0917 - as above
    tutor_id: str, first: date, last: date, at: datetime, sessions: list[Row], feedback: list[Row], events: list[Row]
) -> Row:
    def counts(moment: datetime) -> bool:
        return first <= moment.astimezone(UTC).date() <= last and moment <= at

    mine = [s for s in sessions if s["tutor_id"] == tutor_id and counts(s["scheduled_start"])]
    said = {f["session_id"]: f["overall_rating"] for f in feedback}
    ratings = [(s, said[s["session_id"]]) for s in mine if said.get(s["session_id"]) is not None]
    firsts = [rating for s, rating in ratings if s["session_number"] == 1]
    did = [e for e in events if e["tutor_id"] == tutor_id and counts(e["event_timestamp"])]
    goals = [s["learning_objectives_met"] for s in mine if s["learning_objectives_met"] is not None]
    waits = [
        Fraction(str(e["metadata"]["response_time_minutes"]))
        for e in did
        if e["event_type"] == "message_response" and _is_number((e["metadata"] or {}).get("response_time_minutes"))
    ]
    figures = {
        "avg_rating": _mean([Fraction(rating) for _, rating in ratings]),
        "first_session_success_rate": _share(sum(rating >= 4 for rating in firsts), len(firsts)),
        "reschedule_rate": _share(sum(s["tutor_initiated_reschedule"] is True for s in mine), len(mine)),
        "no_show_count": Fraction(sum(s["no_show"] is True for s in mine)),
        "engagement_score": _engagement(mine, sum(e["event_type"] == "login" for e in did)),
        "learning_objectives_met_pct": _share(sum(goals), len(goals)),
        "response_time_avg_minutes": _mean(waits),
    }
    return {
        "sessions_completed": sum(s["no_show"] is False and s["actual_start"] is not None for s in mine),
        "performance_tier": _tier(figures),
        **{name: rounded(value) for name, value in figures.items()},
    }


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def _mean(values: list[Fraction]) -> Fraction | None:
    return sum(values, Fraction()) / len(values) if values else None


def _share(part: int, whole: int) -> Fraction | None:
    return Fraction(100 * part, whole) if whole else None


def _engagement(sessions: list[Row], logins: int) -> Fraction | None:
    if not sessions:
        return None
    scores = [exact(s["engagement_score"]) * 100 for s in sessions if s["engagement_score"] is not None]
    mean = _mean(scores)
    on_time = sum(s["late_start_minutes"] is not None and s["late_start_minutes"] <= 10 for s in sessions)
    often = min(Fraction(100), Fraction(100 * logins, len(sessions)))
    return (4 * often + 4 * (50 if mean is None else mean) + 2 * Fraction(100 * on_time, len(sessions))) / 10


def _tier(figures: dict[str, Fraction | None]) -> str:
    sides = [
        _side(figures["avg_rating"], Fraction(9, 2), Fraction(7, 2)),
        _side(figures["first_session_success_rate"], Fraction(85), Fraction(70)),
        _side(_negative(figures["reschedule_rate"]), Fraction(-10), Fraction(-15)),
        _side(_negative(figures["no_show_count"]), Fraction(0), Fraction(-3)),
        _side(figures["engagement_score"], Fraction(80), Fraction(60)),
        _side(figures["learning_objectives_met_pct"], Fraction(90), Fraction(80)),
    ]
    greens, reds = sides.count("green"), sides.count("red")
    if greens >= 5 and not reds:
        return "Exemplary"
    if reds >= 3:
        return "At Risk"
    if reds:
        return "Needs Attention"
    return "Strong" if greens >= 3 else "Developing"


def _negative(value: Fraction | None) -> Fraction | None:
    return None if value is None else -value


def _side(value: Fraction | None, green: Fraction, red: Fraction) -> str:
    if value is None:
        return "none"
    return "green" if value >= green else "red" if value < red else "none"
