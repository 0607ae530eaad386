"""Which answer is right: pure rules by the type of the question, and what an attempt comes to."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from unicodedata import normalize

if TYPE_CHECKING:
    from collections.abc import Callable

Value = str | list[Any] | dict[str, Any]


def is_right(kind: str, correct: str, response: str) -> bool:
    """Tell whether a response answers a question of a type: multiple_choice, multi_select, true_false, fill_blank.

    A choice is a text or a JSON value; a set is a JSON array, in any order. A blank is compared by NFC and case
    folding, white space at its ends and in a row aside, with the alternatives of a JSON array; several blanks are an
    array of such arrays, and an array of responses. What is nested too deep to be compared is wrong.
    """
    try:
        return _RULES[kind](_read(correct), _read(response))
    except RecursionError:
        return False


def is_passing(score: int, total: int, open_points: int, passing_score: int) -> bool | None:
    """Tell whether `score` of `total` points is `passing_score` percent or more.

    None where that hangs on `open_points`, which nobody could grade.
    """
    if 100 * score >= passing_score * total:
        return True
    return None if 100 * (score + open_points) >= passing_score * total else False


def _choice(correct: Value, response: Value) -> bool:
    return isinstance(response, str) and response == correct


def _set(correct: Value, response: Value) -> bool:
    sets = [{_text(each) for each in (value if isinstance(value, list) else [value])} for value in (correct, response)]
    return sets[0] == sets[1]


def _truth(correct: Value, response: Value) -> bool:
    truth = [str(value).casefold() for value in (correct, response)]
    return truth[0] == truth[1] and truth[0] in {"true", "false"}


def _blank(correct: Value, response: Value) -> bool:
    blanks = correct if isinstance(correct, list) and any(isinstance(each, list) for each in correct) else [correct]
    said = response if isinstance(response, list) else [response]
    return len(blanks) == len(said) and all(
        _fold(word) in {_fold(each) for each in (blank if isinstance(blank, list) else [blank])}
        for blank, word in zip(blanks, said, strict=True)
    )


_RULES: dict[str, Callable[[Value, Value], bool]] = {
    "multiple_choice": _choice,
    "multi_select": _set,
    "true_false": _truth,
    "fill_blank": _blank,
}


def _read(text: str) -> Value:
    """Read JSON, numbers as they are written; what is none is a text."""
    try:
        value = json.loads(text, parse_int=str, parse_float=str, parse_constant=str)
    except (ValueError, RecursionError):
        return _text(text)
    return value if isinstance(value, list | dict) else _text(value)


def _text(value: object) -> str:
    said = json.dumps(value) if isinstance(value, bool | dict | list | None) else str(value)
    return normalize("NFC", said).strip()


def _fold(value: object) -> str:
    return " ".join(normalize("NFC", _text(value).casefold()).split())
