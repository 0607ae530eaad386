"""The mechanism: how it works, and each key concept with its part in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellwork.tasks.providers.llm.author.draft import Draft
from bellwork.tasks.providers.llm.author.naming import NUMBERS
from bellwork.tasks.providers.llm.knowledge import explain_term
from bellwork.tasks.providers.llm.protocol import Kind

if TYPE_CHECKING:
    from bellwork.tasks.providers.llm.author.material import Material

_LEADS = (
    "Now, how does it work?",
    "So much for the words; here is how it works.",
    "Let us look under the surface.",
)
_SIMPLE_LEAD = "Now we look at how it works, step by step."
_TURNS = ("Start with", "Next,", "Then,", "Do not forget", "And last,")
_TASKS = (
    "Say in your own words what that means, and give one example.",
    "Ask what causes it, and what it causes in turn.",
    "Try to imagine the same story without it: what would be missing?",
    "Say how it is connected with the one before.",
    "Find a picture for it that you will remember.",
)
_SPARE = (
    "If you can tell these steps to somebody else in the right order, you have understood them.",
    "Listen to this part twice if you like; everything that follows builds on it.",
)


def mechanism(material: Material) -> Draft:
    """Explain how the topic works."""
    lead = _SIMPLE_LEAD if material.ease else material.pick("how", _LEADS)
    steps = list((material.idea or material.area).how)
    told = [f"Step {number}. {step}" for number, step in zip(NUMBERS, steps, strict=False)]
    return Draft(
        kind=Kind.MECHANISM,
        heading="How it works",
        said=[lead, *(told if material.ease > 1 else steps), *_concepts(material, steps)],
        visual=f"Three steps that show how {material.name.inside} works, one after the other.",
        points=steps,
        spare=list(_SPARE),
    )


def _concepts(material: Material, steps: list[str]) -> list[str]:
    tasks = material.variety.turn("tasks", _TASKS)
    said: list[str] = []
    for number, concept in enumerate(material.concepts):
        turn = _TURNS[-1] if number == len(material.concepts) - 1 > 0 else _TURNS[number]
        known = explain_term(concept, material.area.name)
        task = known if known and known not in " ".join([*steps, *said]) else tasks[number]
        said.append(f"{turn} {concept}. {task}")
    return said
