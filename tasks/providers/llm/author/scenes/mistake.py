"""The usual mistake: what most people get wrong, and what is true instead."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellwork.tasks.providers.llm.author.draft import Draft, ended
from bellwork.tasks.providers.llm.protocol import Kind

if TYPE_CHECKING:
    from bellwork.tasks.providers.llm.author.material import Material

_LEADS = (
    "Careful now, because here is the spot where many people slip.",
    "Before you try it yourself, one warning.",
    "There is one mistake that nearly everybody makes here.",
)
_SIMPLE_LEAD = "Here is a mistake that many people make."


def mistake(material: Material) -> Draft:
    """Warn of the usual mistake."""
    lead = _SIMPLE_LEAD if material.ease else material.pick("mistake", _LEADS)
    told = list(_mistake(material))
    return Draft(
        kind=Kind.MISTAKE,
        heading="Watch out",
        said=[lead, *told],
        visual="A warning sign next to the wrong idea, and the right idea below it.",
        points=told,
        spare=["If you have believed it too, you are in good company, and from now on you know better."],
    )


def _mistake(material: Material) -> tuple[str, ...]:
    """Take the topic's own mistake, else the idea's, else the one that can be made with any of its key terms."""
    if material.mistake:
        return (ended(material.mistake),)
    if material.idea or not material.concepts:
        return (material.idea or material.area).mistake
    concept = material.concepts[0]
    return (
        f"Most people who have heard of {concept} can repeat the words, but not say what they stand for.",
        "Test yourself: give one example that fits and one that does not, and say where the difference lies.",
    )
