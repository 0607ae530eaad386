"""Recaps of sessions and practice items: right, new, bounded and harmless, whoever wrote them."""

from __future__ import annotations

import re
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bellwork.tasks.providers import BadAnswer, EmbeddedModel, Item, ItemOrder, Recap, Talk
from bellwork.tasks.providers.llm.study import accept_items, accept_recap
from bellwork.tasks.providers.llm.study.sums import sums

SUBJECTS = ("Algebra", "SAT Math", "Calculus", "Chemistry", "Biology", "Physics", "Computer Science")


@given(
    talk=st.builds(
        Talk,
        subjects=st.lists(st.text(max_size=20), max_size=3).map(tuple),
        topics=st.lists(st.text(max_size=20), max_size=3).map(tuple),
        minutes=st.none() | st.integers(1, 300),
        transcript=st.text(max_size=400),
        brief=st.booleans(),
    )
)
def test_any_session_has_a_recap(talk: Talk) -> None:
    """With one to three next steps, whatever was said in it; the same one each time."""
    recap = EmbeddedModel().write_recap(talk)

    assert recap == EmbeddedModel().write_recap(talk)
    assert recap.narrative
    assert 1 <= len(recap.next_steps) <= 3


def test_what_was_agreed_on_comes_first() -> None:
    """Homework that somebody named is the first step; who said what is not told."""
    said = "Tutor: Roots are read from the brackets of a quadratic.\nTutor: For homework, factor ten of them, please."
    recap = EmbeddedModel().write_recap(Talk(subjects=("Algebra",), topics=("roots",), minutes=45, transcript=said))

    assert "For homework, factor ten of them, please." == recap.next_steps[0]
    assert "Your 45-minute session covered Algebra, with work on roots." in recap.narrative
    assert "Tutor:" not in recap.narrative


@pytest.mark.parametrize("recap", [("", ("Go on.",)), ("All well.", ()), ("All well.", ("…",)), ("Shit.", ("Go on.",))])
def test_a_recap_without_sense_is_no_answer(recap: tuple[str, tuple[str, ...]]) -> None:
    """No narrative, no step, an unsafe word."""
    with pytest.raises(BadAnswer):
        accept_recap(Recap(narrative=recap[0], next_steps=recap[1]))


@pytest.mark.parametrize("subject", SUBJECTS)
@pytest.mark.parametrize("difficulty", [1, 4, 7, 10])
def test_items_are_new_to_the_learner(subject: str, difficulty: int) -> None:
    """Five, and five others for whoever had those; then what there is."""
    order = ItemOrder(subject=subject, difficulty=difficulty, count=5)
    first = EmbeddedModel().write_items(order)
    had = tuple(each.question.upper() for each in first)
    second = EmbeddedModel().write_items(order.model_copy(update={"had": had}))

    assert (5, 5) == (len(first), len(second))
    assert 10 == len({each.question for each in (*first, *second)})


@pytest.mark.parametrize("difficulty", range(1, 11))
def test_the_answers_to_sums_are_right(difficulty: int) -> None:
    """Each answer is put back into its question."""
    checked = 0
    for item in sums("Algebra", difficulty):
        numbers = [int(each.replace(" ", "")) for each in re.findall(r"(?<![\w.])-?\d+", item.answer)]
        if item.question.startswith("Solve for x:") and "²" not in item.question:
            left, right = item.question.removeprefix("Solve for x: ").split(" = ")
            assert _side(left, numbers[0]) == _side(right, numbers[0])
            checked += 1
        elif "x²" in item.question and item.question.startswith("Solve"):
            b, c = (int(each) for each in re.findall(r"- (\d+)x \+ (\d+)", item.question)[0])
            assert all(x * x - b * x + c == 0 for x in numbers)
            checked += 1
        elif "%" in item.question:
            rate, whole = (int(each) for each in re.findall(r"\d+", item.question))
            assert Fraction(rate * whole, 100) == int(item.answer)
            checked += 1
        elif "times" in item.question or ("+" in item.question and item.question.startswith("What is")):
            a, b = (int(each) for each in re.findall(r"\d+", item.question))
            assert (a * b if "times" in item.question else a + b) == int(item.answer)
            checked += 1

    assert checked > 100


def _side(text: str, x: int) -> int:
    return sum(
        (x * int(part.rstrip("x")) if part.endswith("x") else int(part)) for part in text.replace(" + ", " ").split()
    )


def test_items_that_cannot_be_used_are_left_out() -> None:
    """Without a question or an answer, unsafe, twice, had before, and more than were wanted."""
    good = [Item(question=f"What is {n}?", answer=str(n)) for n in range(5)]
    bad = [
        Item(question=" ", answer="1"),
        Item(question="Why?", answer="\x00"),
        Item(question="Why shit?", answer="1"),
        Item(question="what  IS 1?", answer="1"),
        Item(question="Had it?", answer="1"),
    ]
    kept = accept_items([*bad[:3], *good, *bad[3:]], ItemOrder(subject="A", difficulty=1, count=4, had=("had it?",)))

    assert good[:4] == kept
