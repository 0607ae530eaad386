"""The hook: a moment from the pupil's world, and the idea that hides in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellwork.tasks.providers.llm.author.draft import Draft, ended
from bellwork.tasks.providers.llm.author.naming import listed
from bellwork.tasks.providers.llm.protocol import Kind

if TYPE_CHECKING:
    from bellwork.tasks.providers.llm.author.material import Material

_BRIDGES = (
    "There is an idea hiding in that moment, and it has a name: {heading}",
    "Behind that moment stands the topic of this lesson: {heading}",
    "That moment is our way into today's topic: {heading}",
)
_QUESTIONS = (
    "In that moment hides the question of this lesson: {heading}",
    "That moment leads us straight to a question: {heading}",
)
_PROMISES = (
    "In the next few minutes you will find out what it means, see how it works, and try it yourself.",
    "Give me three minutes: first what it means, then how it works, then a question for you.",
    "By the end you will be able to say what it means, follow how it works, and avoid the usual mistake.",
)
_SIMPLE_PROMISE = "We will go slowly, one step at a time, and you can pause whenever you like."


def hook(material: Material) -> Draft:
    """Open the lesson with a moment and the topic's name."""
    bridges = _QUESTIONS if material.name.is_question else _BRIDGES
    bridge = material.pick("bridge", bridges).replace("{heading}", material.name.heading)
    promise = _SIMPLE_PROMISE if material.ease else material.pick("promise", _PROMISES)
    said = [material.variety.pick("hook", material.world.hooks), *_vocabulary(material), ended(bridge), promise]
    return Draft(
        kind=Kind.HOOK,
        heading=material.name.heading,
        said=said,
        visual=f"Opening picture: {material.world.visual}.",
        points=["What it means", "How it works", "Your turn"],
        spare=["You do not need to know anything about it yet; curiosity is enough."],
    )


def _vocabulary(material: Material) -> list[str]:
    if not material.vocabulary:
        return []
    return [f"You know the words that belong to it: {listed(material.vocabulary)}."]
