"""Finds what is known about a topic: its area, its idea, and a sentence for a key concept."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from bellwork.tasks.providers.llm.knowledge.areas import AREAS, BY_NAME, FILES, GENERAL, unknown
from bellwork.tasks.providers.llm.knowledge.load import load
from bellwork.tasks.providers.llm.knowledge.shapes import Idea
from bellwork.tasks.providers.llm.knowledge.terms import TERMS
from bellwork.tasks.providers.text import content_stems, stems

if TYPE_CHECKING:
    from bellwork.tasks.providers.llm.knowledge.shapes import Area

#: Of two ideas whose names fit a title as well, the one of the earlier file counts.
_ORDER = (
    *("forces", "motion", "energy", "electricity", "waves", "relations", "growth", "shapes_and_chance", "matter"),
    *("cells", "heredity", "programs"),
)


def check_idea(idea: Idea) -> str:
    """Say what is wrong with an idea beside its fields."""
    wrong = unknown(idea.area)
    return f"area: {wrong}" if wrong else ""


IDEAS = load(FILES / "ideas", "idea", Idea, _ORDER, check_idea)
_TITLE_COUNTS = 3


@dataclass(frozen=True)
class _Name:
    """One name of an idea: its stems, and whether they have to be the whole title."""

    words: frozenset[str]
    whole: bool
    idea: Idea


def idea_of(title: str) -> Idea | None:
    """Return the idea whose name the title holds word for word, the longest name first; None where there is none."""
    words, topic = frozenset(stems(title)), frozenset(content_stems(title))
    named = [
        name for name in _names() if (name.whole and name.words == topic) or (not name.whole and name.words <= words)
    ]
    return max(named, key=lambda name: (len(name.words), len("".join(name.words)))).idea if named else None


def area_of(title: str, text: str) -> Area:
    """Return the area that shares most words with a topic, those of its title counting three times."""
    idea = idea_of(title)
    if idea:
        return BY_NAME[idea.area]
    words = content_stems(title) * _TITLE_COUNTS + content_stems(text)
    scores = [(sum(word in vocabulary for word in words), area) for area, vocabulary in _vocabularies()]
    best, area = max(scores, key=lambda pair: pair[0])
    return area if best else GENERAL


def explain_term(concept: str, area: str) -> str | None:
    """Return one sentence about a key concept, or about its last word (an `elastic force` is a force), or None."""
    roots = stems(concept)
    for key in (tuple(roots), tuple(roots[-2:]), tuple(roots[-1:])):
        areas, sentence = _terms().get(key, ((), None))
        if sentence and (not areas or area in areas):
            return sentence
    return None


@lru_cache(maxsize=1)
def _names() -> list[_Name]:
    return [
        _Name(frozenset(stems(name.removeprefix("="))), name.startswith("="), idea)
        for idea in IDEAS
        for name in idea.names
    ]


@lru_cache(maxsize=1)
def _vocabularies() -> list[tuple[Area, frozenset[str]]]:
    return [(area, frozenset(stems(area.words))) for area in AREAS]


@lru_cache(maxsize=1)
def _terms() -> dict[tuple[str, ...], tuple[tuple[str, ...], str]]:
    return {tuple(stems(term.name)): (term.only_in, term.sentence) for term in TERMS}
