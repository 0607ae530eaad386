"""The meaning: the topic's own description first, then what is known of it, then its key terms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellwork.tasks.providers.llm.author.draft import Draft, capital, ended
from bellwork.tasks.providers.llm.author.naming import NUMBERS, listed
from bellwork.tasks.providers.llm.protocol import Kind
from bellwork.tasks.providers.text import spoken_words

if TYPE_CHECKING:
    from bellwork.tasks.providers.llm.author.material import Material

_LEADS = (
    "First things first: what are we talking about?",
    "Let us pin down the meaning before anything else.",
    "We start with the plain meaning.",
)
_SIMPLE_LEAD = "First we say what it means, in plain words."
_FRAGMENT_WORDS = 9
_CLAUSES = ("How ", "Why ", "What ", "Where ", "When ", "Which ")
_BACK = (
    "Keep an ear open, because they will come back.",
    "You will meet each of them again in a moment.",
    "Hold on to them; we need them all.",
)


def meaning(material: Material) -> Draft:
    """Say what the topic is."""
    lead = _SIMPLE_LEAD if material.ease else material.pick("lead", _LEADS)
    described = _description(material)
    known = [material.idea.meaning] if material.idea else []
    place = [] if material.idea else [material.area.meaning]
    return Draft(
        kind=Kind.MEANING,
        heading="What it means",
        said=[lead, *described, *known, *place, *_terms(material)],
        visual=f"A clean slide with the key terms of {material.name.inside}.",
        points=[*(described[:1] + known or place), *(capital(term) for term in material.concepts)][:5],
        spare=[material.area.meaning] if known else [],
        droppable=described[1:],
    )


def _description(material: Material) -> list[str]:
    said = [ended(sentence) for sentence in material.description]
    if not said:
        return []
    first = material.description[0]
    if first.startswith(_CLAUSES) and not first.endswith("?"):
        said[0] = f"It is about {said[0][0].lower()}{said[0][1:]}"
    elif len(said) == 1 and spoken_words(first) <= _FRAGMENT_WORDS and not first.endswith("."):
        said[0] = f"The short version: {said[0]}"
    return said


def _terms(material: Material) -> list[str]:
    count = len(material.concepts)
    if not count:
        return []
    carried = "One key term carries" if count == 1 else f"{capital(NUMBERS[count - 1])} key terms carry"
    said = [f"{carried} this lesson: {listed(material.concepts)}."]
    return said if material.ease else [*said, material.pick("back", _BACK)]
