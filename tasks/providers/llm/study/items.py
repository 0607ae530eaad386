"""Practice items without a model: numbers where the subject is one of numbers, else ideas of its part of science."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellwork.tasks.providers.llm.knowledge import area_of, explain_term
from bellwork.tasks.providers.llm.knowledge.find import IDEAS
from bellwork.tasks.providers.llm.study.accept import accept_items
from bellwork.tasks.providers.llm.study.protocol import Item
from bellwork.tasks.providers.llm.study.sums import sums
from bellwork.tasks.providers.text import plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bellwork.tasks.providers.llm.study.protocol import ItemOrder

_IN_NUMBERS = frozenset({"number", "shape", "chance"})
#: School subjects that are several parts of science.
_PARTS = {"physics": ("motion", "energy", "waves", "electricity"), "science": ("matter", "life", "energy", "motion")}
#: What is asked for is a term up to here, and an idea from here on.
_TERMS_UP_TO = 3


def write_items(order: ItemOrder) -> list[Item]:
    """Return up to as many new items as are wanted, the same for the same order; fewer where no more are known."""
    return accept_items(_candidates(order), order)


def _candidates(order: ItemOrder) -> Iterator[Item]:
    areas = _areas(order)
    if set(areas) <= _IN_NUMBERS:
        yield from sums(order.subject, order.difficulty)
        return
    kinds = [_terms, _ideas] if order.difficulty <= _TERMS_UP_TO else [_ideas, _terms]
    for kind in kinds:
        for area in areas:
            yield from kind(area)


def _areas(order: ItemOrder) -> tuple[str, ...]:
    subject = plain(order.subject, 100)
    named = next((parts for word, parts in _PARTS.items() if word in subject.casefold().split()), None)
    return named or (area_of(subject, plain(order.about, 1_000)).name,)


def _ideas(area: str) -> Iterator[Item]:
    for idea in (each for each in IDEAS if each.area == area):
        yield Item(question=idea.question, answer=idea.answer, explanation=idea.meaning)
        name = idea.names[0].removeprefix("=")
        yield Item(question=f"Explain in one sentence: {name}.", answer=idea.short, explanation=idea.meaning)


def _terms(area: str) -> Iterator[Item]:
    terms = dict.fromkeys(term for idea in IDEAS if idea.area == area for term in idea.terms)
    for term in terms:
        if meaning := explain_term(term, area):
            yield Item(question=f"What does the term {term!r} mean?", answer=meaning)
