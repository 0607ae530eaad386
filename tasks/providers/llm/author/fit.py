"""Fits a lesson to its time: spare sentences are taken in where it is short, description gives way where it is long."""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bellwork.tasks.providers.llm.author.draft import Draft

#: Seconds that a lesson is brought to; both lie well inside the 120 to 240 s that are accepted.
_AT_LEAST, _AT_MOST = 140, 225


def fit(drafts: list[Draft]) -> list[Draft]:
    """Add spare sentences, one scene after the other, or drop sentences from the longest scene, until it fits."""
    _lengthen(drafts)
    _shorten(drafts)
    return drafts


def _lengthen(drafts: list[Draft]) -> None:
    rounds = zip_longest(*([(draft, sentence) for sentence in draft.spare] for draft in drafts))
    for draft, sentence in (pair for each in rounds for pair in each if pair):
        if _total(drafts) >= _AT_LEAST:
            return
        draft.said.append(sentence)


def _shorten(drafts: list[Draft]) -> None:
    while _total(drafts) > _AT_MOST:
        longest = max((draft for draft in drafts if draft.droppable), key=lambda draft: draft.seconds, default=None)
        if longest is None:
            return
        longest.said.remove(longest.droppable.pop())


def _total(drafts: list[Draft]) -> float:
    return sum(draft.seconds for draft in drafts)
