"""Which answer is right, by the type of the question; and what passes, exactly."""

from __future__ import annotations

import json
import unicodedata
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bellwork.tasks.courses.attempts.rules import is_passing, is_right

_WORDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
RIGHT = [
    ("multiple_choice", "4", "4"),
    ("multiple_choice", "4", '"4"'),
    ("multiple_choice", "Café", "Cafe\u0301"),
    ("multiple_choice", "4.0", "4.0"),
    ("multiple_choice", " 4 ", "4"),
    ("multi_select", '["2", "4"]', '["4", "2"]'),
    ("multi_select", '["2", "4"]', '["4", "2", "2"]'),
    ("multi_select", "[2, 4]", '["2", "4"]'),
    ("multi_select", '["2"]', "2"),
    ("multi_select", "[]", "[]"),
    ("true_false", "true", "True"),
    ("true_false", "FALSE", "false"),
    ("fill_blank", "photosynthesis", "  Photosynthesis "),
    ("fill_blank", '["colour", "color"]', "COLOR"),
    ("fill_blank", "Straße", "STRASSE"),
    ("fill_blank", "naïve", "nai\u0308ve"),
    ("fill_blank", "New York", "new\n  york"),
    ("fill_blank", "3", "3"),
    ("fill_blank", "red", '"red"'),
    ("fill_blank", '[["a", "A1"], ["b"]]', '["a1", "B"]'),
]
WRONG = [
    ("multiple_choice", "4", "5"),
    ("multiple_choice", "4", "4.0"),
    ("multiple_choice", "Yes", "yes"),
    ("multiple_choice", "4", '["4"]'),
    ("multiple_choice", "4", ""),
    ("multi_select", '["2", "4"]', '["2"]'),
    ("multi_select", '["2", "4"]', '["2", "4", "6"]'),
    ("multi_select", '["2", "4"]', "2, 4"),
    ("multi_select", '["2", "4"]', '{"2": 4}'),
    ("true_false", "true", "false"),
    ("true_false", "true", "1"),
    ("true_false", "yes", "yes"),
    ("fill_blank", "colour", "color"),
    ("fill_blank", "red", ""),
    ("fill_blank", "red", "r e d"),
    ("fill_blank", '[["a"], ["b"]]', '["b", "a"]'),
    ("fill_blank", '[["a"], ["b"]]', '["a"]'),
    ("fill_blank", "red", "[" * 5_000),
]


@pytest.mark.parametrize(("kind", "correct", "response"), RIGHT)
def test_what_means_the_same_is_right(kind: str, correct: str, response: str) -> None:
    """In whatever form it is written."""
    assert is_right(kind, correct, response)


@pytest.mark.parametrize(("kind", "correct", "response"), WRONG)
def test_what_means_another_thing_is_wrong(kind: str, correct: str, response: str) -> None:
    """However near it is."""
    assert not is_right(kind, correct, response)


@given(words=st.lists(_WORDS, min_size=1, max_size=4), form=st.sampled_from(["NFC", "NFD"]), noise=st.booleans())
def test_a_blank_takes_each_of_its_alternatives_in_any_case_and_form(
    words: list[str], form: Literal["NFC", "NFD"], noise: bool
) -> None:
    """Upper or lower, composed or not, with white space around it; and says so of no other word."""
    correct = json.dumps(words)
    for word in words:
        said = unicodedata.normalize(form, word.casefold())
        assert is_right("fill_blank", correct, json.dumps(f" {said}\t" if noise else said))
    assert not is_right("fill_blank", correct, json.dumps("".join(words) + "x" * 13))


@given(st.lists(_WORDS, max_size=5).flatmap(lambda words: st.tuples(st.just(words), st.permutations(words))))
def test_a_set_has_no_order(sets: tuple[list[str], list[str]]) -> None:
    """Nor does it know how often something is named."""
    words, shuffled = sets
    assert is_right("multi_select", json.dumps(words), json.dumps(shuffled + shuffled[:1]))


@pytest.mark.parametrize("kind", ["multiple_choice", "multi_select", "true_false", "fill_blank"])
def test_what_is_nested_too_deep_is_wrong(kind: str) -> None:
    """However deep: also where JSON can just be read, and not be written again."""
    assert not any(is_right(kind, "x", "[" * depth + "]" * depth) for depth in range(800, 1_100))


@pytest.mark.parametrize(
    ("score", "total", "open_points", "passing", "expected"),
    [
        (7, 10, 0, 70, True),
        (69, 100, 0, 70, False),
        (2, 3, 0, 67, False),
        (2, 3, 0, 66, True),
        (0, 0, 0, 70, True),
        (0, 10, 0, 0, True),
        (5, 10, 2, 70, None),
        (5, 10, 1, 70, False),
        (7, 10, 3, 70, True),
    ],
)
def test_passing_is_exact_and_open_where_it_hangs_on_what_nobody_graded(
    score: int, total: int, open_points: int, passing: int, expected: bool | None
) -> None:
    """Two thirds are 66.66 %, and pass at 66 and not at 67."""
    assert expected is is_passing(score, total, open_points, passing)
