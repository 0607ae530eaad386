"""The recap: one sentence, the key terms, and something to look out for tomorrow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellwork.tasks.providers.llm.author.draft import Draft, ended
from bellwork.tasks.providers.llm.author.naming import listed
from bellwork.tasks.providers.llm.protocol import Kind
from bellwork.tasks.providers.text import spoken_words

if TYPE_CHECKING:
    from bellwork.tasks.providers.llm.author.material import Material

_LEADS = (
    "Let us put {topic} into one sentence.",
    "What is left of {topic} when you forget the details?",
    "Here is {topic} once more, in one sentence.",
)
_SENDOFFS = (
    "The next time {homework}, look for it, and tell somebody what you have seen.",
    "And the next time {homework}, see whether you can spot it before anybody else does.",
    "Take it along the next time {homework}, and it will stay with you.",
)
_WHOLE_SENTENCE = 6
#: The step of ease from which on steps are told twice.
_AGAIN = 2


def recap(material: Material) -> Draft:
    """Close the lesson."""
    lead = material.pick("recap", _LEADS).replace("{topic}", material.name.inside)
    sendoff = material.pick("sendoff", _SENDOFFS).replace("{homework}", material.world.homework)
    short = _short(material)
    again = _steps(material)
    return Draft(
        kind=Kind.RECAP,
        heading="In short",
        said=[lead, short, *again, *_terms(material), sendoff],
        visual=f"The sentence to remember, above {material.world.visual}.",
        points=[short],
        spare=["Thank you for listening, and see you in the next lesson."],
        droppable=again,
    )


def _steps(material: Material) -> list[str]:
    """Say the steps once more where the lesson is to be very simple."""
    if material.ease < _AGAIN:
        return []
    return ["Here are the steps once more.", *(material.idea or material.area).how]


def _short(material: Material) -> str:
    own = material.description[-1] if material.description and not material.idea else ""
    if own and spoken_words(own) >= _WHOLE_SENTENCE:
        return ended(own)
    return (material.idea or material.area).short


def _terms(material: Material) -> list[str]:
    if not material.concepts:
        return []
    word = "The word to keep is" if len(material.concepts) == 1 else "The words to keep are"
    return [f"{word} {listed(material.concepts)}."]
