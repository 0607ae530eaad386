"""Golden vectors of the learner's numbers, on both sides of each threshold, and laws that hold for all values."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bellwork.tasks.companion.numbers.confidence import band
from bellwork.tasks.companion.numbers.elo import (
    HIGHEST,
    LOWEST,
    RIGHT_FROM,
    difficulty_for,
    expected,
    moved,
    performance,
    question_rating,
)
from bellwork.tasks.companion.numbers.experience import level, points
from bellwork.tasks.companion.numbers.percentages import share, shares
from bellwork.tasks.companion.numbers.progress import Standing, completion, items_for
from bellwork.tasks.companion.numbers.rounding import cents, whole

D = Decimal
PERFORMANCES = st.integers(0, 100).map(lambda hundredths: D(hundredths).scaleb(-2))
RATINGS, DIFFICULTIES = st.integers(LOWEST, HIGHEST), st.integers(1, 10)


@pytest.mark.parametrize(
    ("answer", "weight"),
    [
        ((True, 0, 0), "1.00"),
        ((True, 60, 0), "1.00"),
        ((True, 61, 0), "1.00"),  # 0.9983
        ((True, 63, 0), "1.00"),  # 0.995: the half goes up
        ((True, 64, 0), "0.99"),
        ((True, 120, 0), "0.90"),
        ((True, 179, 0), "0.80"),
        ((True, 180, 0), "0.80"),
        ((True, 10_000, 0), "0.80"),
        ((True, 60, 1), "0.99"),
        ((True, 60, 9), "0.91"),
        ((True, 60, 10), "0.90"),
        ((True, 60, 11), "0.90"),
        ((True, 180, 10), "0.70"),
        ((False, 0, 0), "0.30"),
        ((False, 180, 0), "0.10"),
        ((False, 180, 10), "0.00"),
        ((True, 90.5, 2), "0.93"),
    ],
)
def test_an_answer_is_weighed(answer: tuple[bool, float, int], weight: str) -> None:
    """0.7 right, 0.2 quick (full to 60 s, none from 180 s), 0.1 without hints; two decimals."""
    assert D(weight) == performance(*answer)


@pytest.mark.parametrize("answer", [(True, -1, 0), (True, 1, -1), (True, float("nan"), 0), (True, float("inf"), 0)])
def test_an_answer_that_nobody_can_have_given_is_refused(answer: tuple[bool, float, int]) -> None:
    """Negative or endless seconds, negative hints: said, not guessed."""
    with pytest.raises(ValueError, match="0 or more seconds and hints"):
        performance(*answer)


@pytest.mark.parametrize(
    ("difficulty", "rating"),
    list(enumerate((400, 578, 756, 933, 1111, 1289, 1467, 1644, 1822, 2000), start=1)),
)
def test_a_questions_rating_and_the_difficulty_for_a_rating_are_inverse(difficulty: int, rating: int) -> None:
    """400 + (difficulty - 1) * 1600 / 9, rounded; and back."""
    assert rating == question_rating(difficulty)
    assert difficulty == difficulty_for(rating)


@pytest.mark.parametrize(
    ("rating", "difficulty"),
    [(488, 1), (489, 2), (1000, 4), (1022, 4), (1023, 5), (1911, 9), (1912, 10), (-5, 1), (2500, 10)],
)
def test_difficulties_change_half_way(rating: int, difficulty: int) -> None:
    """1 + 9 (rating - 400) / 1600, rounded."""
    assert difficulty == difficulty_for(rating)


@pytest.mark.parametrize("difficulty", [0, 11])
def test_a_difficulty_that_there_is_not_is_refused(difficulty: int) -> None:
    """1 to 10, and nothing else."""
    with pytest.raises(ValueError, match="from 1 to 10"):
        question_rating(difficulty)


@pytest.mark.parametrize(
    ("before", "difficulty", "performed", "after"),
    [
        (1000, 4, "1.00", 1013),  # expected 0.5953
        (1000, 4, "0.60", 1000),
        (1000, 4, "0.00", 981),
        (1000, 10, "1.00", 1032),
        (1000, 1, "0.00", 969),
        (1111, 5, "1.00", 1127),  # expected exactly 0.5
        (1111, 5, "0.50", 1111),
        (1111, 5, "0.00", 1095),
        (2000, 10, "1.00", 2000),
        (1990, 10, "1.00", 2000),
        (1980, 10, "1.00", 1997),
        (400, 1, "0.00", 400),
        (410, 1, "0.00", 400),
        (420, 1, "0.00", 403),
        (-141, 1, "1.00", 416),
        (2400, 10, "0.00", 1984),
    ],
)
def test_an_answer_moves_a_rating(before: int, difficulty: int, performed: str, after: int) -> None:
    """K 32 around the expected performance, rounded, within 400 to 2000."""
    assert after == moved(before, question_rating(difficulty), D(performed))


def test_two_wins_in_a_row_and_two_hundred() -> None:
    """1000 meets 1000: 1016, then 1031; and perfect answers to what suits reach 2000."""
    first = moved(1000, 1000, D(1))
    second = moved(first, 1000, D(1))
    rating = 1000
    for _ in range(200):
        rating = moved(rating, question_rating(difficulty_for(rating)), D(1))

    assert (1016, 1031) == (first, second)
    assert 2000 == rating


@given(rating=RATINGS, difficulty=DIFFICULTIES, performed=PERFORMANCES)
def test_a_rating_never_moves_against_the_performance(rating: int, difficulty: int, performed: Decimal) -> None:
    """Better than expected never costs, worse never pays, no answer is worth more than 32, all within the bounds."""
    question = question_rating(difficulty)
    after = moved(rating, question, performed)
    better = float(performed) - expected(rating, question)

    assert LOWEST <= after <= HIGHEST
    assert abs(after - rating) <= 32
    assert (after - rating) * better >= 0


@given(rating=RATINGS, difficulty=DIFFICULTIES, one=PERFORMANCES, other=PERFORMANCES)
def test_a_better_answer_never_leads_to_a_lower_rating(
    rating: int, difficulty: int, one: Decimal, other: Decimal
) -> None:
    """Of two answers to the same question the better one is worth at least as much."""
    question = question_rating(difficulty)

    assert moved(rating, question, min(one, other)) <= moved(rating, question, max(one, other))


@given(seconds=st.floats(0, 1e9), hints=st.integers(0, 10**9))
def test_every_right_answer_is_worth_more_than_any_wrong_one(seconds: float, hints: int) -> None:
    """So what was right can be read from the performance that is kept."""
    assert performance(True, seconds, hints) >= RIGHT_FROM > performance(False, seconds, hints)


@pytest.mark.parametrize(
    ("standing", "percent"),
    [
        ((None, 0, None, 0), "0.00"),
        (("General", 1, None, 0), "1.20"),
        (("General", 49, None, 0), "58.80"),
        (("General", 50, None, 0), "60.00"),
        (("General", 51, None, 0), "60.00"),
        (("SAT", 50, None, 0), "30.00"),
        ((" sat ", 99, None, 0), "59.40"),
        (("SAT", 100, None, 0), "60.00"),
        (("AP", 74, None, 0), "59.20"),
        (("ap", 75, None, 0), "60.00"),
        (("AP Calculus", 50, None, 0), "60.00"),
        ((None, 0, 1000, 0), "0.00"),
        ((None, 0, 400, 0), "0.00"),
        ((None, 0, 1001, 0), "0.06"),
        ((None, 0, 1499, 0), "29.94"),
        ((None, 0, 1500, 0), "30.00"),
        ((None, 0, 2000, 0), "30.00"),
        ((None, 0, None, 1), "1.00"),
        ((None, 0, None, 9), "9.00"),
        ((None, 0, None, 10), "10.00"),
        ((None, 0, None, 11), "10.00"),
        (("SAT", 100, 1500, 9), "99.00"),
        (("SAT", 99, 1500, 10), "99.40"),
        (("AP", 75, 1499, 10), "99.94"),
        (("AP", 75, 1500, 10), "100.00"),
        (("AP", 1, None, 0), "0.80"),
    ],
)
def test_a_goal_comes_on(standing: tuple[str | None, int, int | None, int], percent: str) -> None:
    """60 % items (of 50; SAT 100; AP 75), 30 % rating from 1000 to 1500, 10 % sessions of 10."""
    assert D(percent) == completion(Standing(*standing))


@given(
    goal_type=st.sampled_from([None, "", "SAT", "AP", "General", "x"]),
    items=st.integers(0, 200),
    rating=st.none() | st.integers(0, 2500),
    sessions=st.integers(0, 20),
)
def test_a_goal_is_reached_only_where_all_is_done(
    goal_type: str | None, items: int, rating: int | None, sessions: int
) -> None:
    """100.00 is never reached by rounding, and nothing leads over it or below 0."""
    percent = completion(Standing(goal_type, items, rating, sessions))
    all_done = items >= items_for(goal_type) and (rating or 0) >= 1500 and sessions >= 10

    assert 0 <= percent <= 100
    assert (percent == 100) is all_done


@pytest.mark.parametrize(("counts", "percents"), [
    ((0, 0, 0), (None, None, None)),
    ((1, 0, 0), ("100.00", "0.00", "0.00")),
    ((1, 1, 1), ("33.34", "33.33", "33.33")),
    ((2, 2, 2), ("33.34", "33.33", "33.33")),
    ((1, 2, 0), ("33.33", "66.67", "0.00")),
    ((1, 1, 4), ("16.67", "16.67", "66.66")),
    ((1, 2, 4), ("14.29", "28.57", "57.14")),
    ((0, 1, 6), ("0.00", "14.29", "85.71")),
    ((1, 0, 9999), ("0.01", "0.00", "99.99")),
    ((1, 0, 30000), ("0.00", "0.00", "100.00")),
])  # fmt: skip
def test_parts_of_a_whole(counts: tuple[int, ...], percents: tuple[str | None, ...]) -> None:
    """Rounded by the largest remainder; of equal remainders the first goes up."""
    assert [each if each is None else D(each) for each in percents] == shares(counts)


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=6))
def test_parts_add_to_100_or_are_all_empty(counts: list[int]) -> None:
    """None is off by more than a hundredth, and a larger part is never shown as a smaller one."""
    percents = shares(counts)
    if not sum(counts):
        assert {None} == set(percents)
        return
    given_ = [each for each in percents if each is not None]

    assert D(100) == sum(given_)
    assert all(
        abs(Fraction(p) - Fraction(100 * n, sum(counts))) < Fraction(1, 100)
        for p, n in zip(given_, counts, strict=True)
    )
    assert all(given_[a] <= given_[b] for a, n in enumerate(counts) for b, m in enumerate(counts) if n < m)


@pytest.mark.parametrize(
    ("part", "whole_", "percent"),
    [(0, 0, None), (0, 3, "0.00"), (1, 3, "33.33"), (2, 3, "66.67"), (1, 800, "0.13"), (3, 3, "100.00")],
)
def test_a_share_by_itself(part: int, whole_: int, percent: str | None) -> None:
    """Two decimals, the half up as PostgreSQL has it; nothing of nothing."""
    assert (percent and D(percent)) == share(part, whole_)


@pytest.mark.parametrize(
    ("score", "word"),
    [("1", "High"), ("0.75", "High"), ("0.74", "Medium"), ("0.50", "Medium"), ("0.49", "Low"), ("0", "Low")],
)
def test_a_score_has_a_word(score: str, word: str) -> None:
    """High from 0.75, Medium from 0.50, else Low."""
    assert word == band(D(score))


@pytest.mark.parametrize(
    ("items", "sessions", "xp", "reached"),
    [
        (0, 0, 0, 1),
        (49, 0, 490, 1),
        (50, 0, 500, 2),
        (0, 24, 480, 1),
        (1, 24, 490, 1),
        (0, 25, 500, 2),
        (99, 0, 990, 2),
        (100, 0, 1000, 3),
    ],
)
def test_xp_and_levels(items: int, sessions: int, xp: int, reached: int) -> None:
    """10 an item, 20 a session; a level each 500."""
    assert (xp, reached) == (points(items, sessions), level(points(items, sessions)))


@pytest.mark.parametrize(
    ("value", "rounded"),
    [(Fraction(1, 2), 1), (Fraction(-1, 2), -1), (Fraction(5, 2), 3), (Fraction(49, 100), 0), (-1.5, -2)],
)
def test_halves_go_away_from_zero(value: Fraction | float, rounded: int) -> None:
    """As numeric rounds, and unlike Python."""
    assert rounded == whole(value)
    assert D(rounded).scaleb(-2) == cents(Fraction(value) / 100)
