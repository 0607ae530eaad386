"""Each threshold of a tier on both sides, and what flags add up to: golden rows through the statement itself."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from bellwork.db.engine import transaction
from bellwork.db.tutoring.queries import write_rows
from bellwork.db.tutoring.thresholds import THRESHOLDS
from tests.tasks.tutoring import place

DAY = date(2026, 7, 1)
#: Sums of a tutor whose six figures are all neither green nor red.
_PLAIN = {
    "sessions": 1000,
    "completed": 990,
    "no_shows": 1,
    "reschedules": 120,
    "on_time": 1000,
    "objectives": 1000,
    "objectives_met": 850,
    "engaged": 1000,
    "engagement": 700,
    "logins": 500,
    "rated": 1000,
    "ratings": 4000,
    "first_rated": 1000,
    "first_good": 800,
}
#: What one day's sums must be for a figure to lie on a threshold, just beside it, and so on; and the flag it has there.
_RATING, _FIRST, _RESCHEDULES, _NO_SHOWS, _ENGAGEMENT, _GOALS = range(6)
GOLDEN: list[tuple[int, dict[str, Any], str]] = [
    (_RATING, {"ratings": 4500}, "g"),
    (_RATING, {"ratings": 4499}, "-"),
    (_RATING, {"ratings": 3500}, "-"),
    (_RATING, {"ratings": 3499}, "r"),
    (_RATING, {"rated": 0, "ratings": 0}, "-"),
    (_FIRST, {"first_good": 850}, "g"),
    (_FIRST, {"first_good": 849}, "-"),
    (_FIRST, {"first_good": 700}, "-"),
    (_FIRST, {"first_good": 699}, "r"),
    (_RESCHEDULES, {"reschedules": 100}, "g"),
    (_RESCHEDULES, {"reschedules": 101}, "-"),
    (_RESCHEDULES, {"reschedules": 150}, "-"),
    (_RESCHEDULES, {"reschedules": 151}, "r"),
    (_NO_SHOWS, {"no_shows": 0}, "g"),
    (_NO_SHOWS, {"no_shows": 3}, "-"),
    (_NO_SHOWS, {"no_shows": 4}, "r"),
    # 0.4 · 50 + 0.4 · 100 · mean + 20: 80 is a mean of 1, so with half of it on time and all logins it is reached.
    (_ENGAGEMENT, {"logins": 1000, "engagement": 500}, "g"),
    (_ENGAGEMENT, {"logins": 1000, "engagement": "499.99999999999999999"}, "-"),
    (_ENGAGEMENT, {"engagement": 500}, "-"),
    (_ENGAGEMENT, {"engagement": "499.99999999999999999"}, "r"),
    (_ENGAGEMENT, {"logins": 5000, "engagement": 500}, "g"),
    (_ENGAGEMENT, {"engaged": 0, "engagement": 0}, "-"),
    (_GOALS, {"objectives_met": 900}, "g"),
    (_GOALS, {"objectives_met": 899}, "-"),
    (_GOALS, {"objectives_met": 800}, "-"),
    (_GOALS, {"objectives_met": 799}, "r"),
]
_GREEN = {
    "ratings": 4500,
    "first_good": 850,
    "reschedules": 100,
    "no_shows": 0,
    "objectives_met": 900,
    "logins": 1000,
    "engagement": 500,
}
TIERS: list[tuple[dict[str, Any], str]] = [
    (_GREEN, "Exemplary"),
    (_GREEN | {"ratings": 4499}, "Exemplary"),
    (_GREEN | {"ratings": 4499, "no_shows": 1}, "Strong"),
    (_GREEN | {"ratings": 3499}, "Needs Attention"),
    ({"ratings": 4500, "first_good": 850, "no_shows": 0}, "Strong"),
    ({"ratings": 4500, "first_good": 850}, "Developing"),
    ({}, "Developing"),
    ({"ratings": 3499}, "Needs Attention"),
    ({"ratings": 3499, "no_shows": 4}, "Needs Attention"),
    ({"ratings": 3499, "no_shows": 4, "objectives_met": 799}, "At Risk"),
    (_GREEN | {"ratings": 3499, "no_shows": 4, "objectives_met": 799}, "At Risk"),
]


@pytest.fixture
def standing(empty: str, request: pytest.FixtureRequest) -> list[Any]:
    """Write the rows of one tutor for each case; returns tier and flags in their order."""
    del empty
    cases: list[dict[str, Any]] = request.param
    names = [f"t{number:03d}" for number in range(len(cases))]
    place.people(*names)
    place.put(
        "tutor_days", *({"tutor_id": n, "day": DAY, **_PLAIN, **case} for n, case in zip(names, cases, strict=True))
    )
    with transaction() as conn:
        write_rows(conn, names, DAY, datetime(2026, 7, 1, 12, tzinfo=UTC), current=True)
    return place.ask("SELECT tier, flags FROM tutoring.tutor_states ORDER BY tutor_id")


@pytest.mark.parametrize("standing", [[case for _, case, _ in GOLDEN]], indirect=True)
def test_a_flag_turns_at_its_threshold(standing: list[Any]) -> None:
    """On it and just beside it; a figure that is not there has none."""
    assert [flag for _, _, flag in GOLDEN] == [
        row.flags[figure] for row, (figure, _, _) in zip(standing, GOLDEN, strict=True)
    ]


@pytest.mark.parametrize("standing", [[case for case, _ in TIERS]], indirect=True)
def test_flags_add_up_to_a_tier(standing: list[Any]) -> None:
    """Five greens and no red, three reds, one, three greens, and what is left."""
    assert [tier for _, tier in TIERS] == [row.tier for row in standing]


@pytest.mark.parametrize("standing", [[{"rated": 8, "ratings": 33}]], indirect=True)
def test_a_half_is_rounded_away_from_zero(standing: list[Any]) -> None:
    """33 / 8 is 4.125, which Python would round to 4.12."""
    del standing
    assert [(4.13,)] == place.ask("SELECT DISTINCT avg_rating FROM tutoring.tutor_performance_metrics")


def test_every_threshold_says_where_it_is_from() -> None:
    """Each figure once, green better than red."""
    assert 6 == len({each.figure for each in THRESHOLDS}) == len(THRESHOLDS)
    for each in THRESHOLDS:
        assert (each.green > each.red) is each.higher_is_better
        assert "performance_calculator.py" in each.source
