"""How easy a lesson is to follow: three steps, by its style, and what each does to the sentences that are said.

0  as it is written
1  simple: one thought a sentence
2  very simple: one clause a sentence; steps are numbered, and told twice
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bellwork.tasks.providers.llm.author.draft import capital

if TYPE_CHECKING:
    from bellwork.tasks.providers.llm.author.draft import Draft

#: Styles that are easier than others; every other one is told as it is written.
STEPS = {"simple": 1, "simpler": 1, "very simple": 2}
#: Where a sentence is parted, and what the second part begins with, from which step on.
_PARTED = (
    (1, re.compile(r"; (?=\w)"), ""),
    (1, re.compile(r", (?=(?:but|so) (?!that\b|far\b|on\b)\w)"), ""),
    (1, re.compile(r", (?=and (?:it|they|you|we|he|she|each|this|that)\b)"), ""),
    (2, re.compile(r", (?=and (?!an? )\w)"), ""),
    (2, re.compile(r", (?=(?:it|they|you) \w)"), ""),
    (2, re.compile(r", because "), "That is because "),
    (2, re.compile(r", which means "), "That means "),
    (2, re.compile(r", while "), "Meanwhile "),
)
#: Words that the first part has at least, and the second, so that no list is parted.
_FIRST, _SECOND = 3, 4


def ease_of(style: str) -> int:
    """Return the step that a style stands for."""
    return STEPS.get(" ".join(style.casefold().split()), 0)


def ease(drafts: list[Draft], step: int) -> list[Draft]:
    """Part the sentences of scenes as the step wants it."""
    for draft in drafts:
        for texts in (draft.said, draft.spare, draft.droppable):
            texts[:] = [parted(text, step) for text in texts]
    return drafts


def parted(text: str, step: int) -> str:
    """Part the sentences of a text where both sides can stand by themselves."""
    for needed, place, begins in _PARTED:
        if step >= needed:
            text = _parted_at(text, place, begins)
    return text


def _parted_at(text: str, place: re.Pattern[str], begins: str) -> str:
    before, *others = place.split(text)
    for after in others:
        first, second = re.split(r"[.!?] ", before)[-1], re.split(r"[.!?] ", after)[0]
        if len(first.split()) >= _FIRST and len(second.split()) >= _SECOND:
            before = f"{before}. {begins or capital(after[:1])}{after if begins else after[1:]}"
        else:
            before = f"{before}{_mark(place)}{after}"
    return before


def _mark(place: re.Pattern[str]) -> str:
    """Return what stood where a text was not parted."""
    return place.pattern.partition("(?")[0]
