"""The check: one question, a pause to think, and the answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellwork.tasks.providers.llm.author.draft import Draft, ended
from bellwork.tasks.providers.llm.author.naming import listed
from bellwork.tasks.providers.llm.protocol import Kind

if TYPE_CHECKING:
    from bellwork.tasks.providers.llm.author.material import Material

_LEADS = ("Your turn.", "Now you.", "Time to check yourself.")
_PAUSES = (
    "Pause here, and say your answer out loud before you go on.",
    "Take your time, and commit to an answer before you listen on.",
)
_ANSWERS = ("Here is the answer.", "Ready? This is the answer.")


def check(material: Material) -> Draft:
    """Ask one question and answer it."""
    question, answer = _question(material)
    return Draft(
        kind=Kind.CHECK,
        heading="Your turn",
        said=[
            material.pick("turn", _LEADS),
            question,
            material.pick("pause", _PAUSES),
            material.pick("answer", _ANSWERS),
            answer,
        ],
        visual="A large question mark, and the answer after a pause.",
        points=[question, answer],
        spare=["If your reason was different from mine, say both of them and find out where they part."],
    )


def _question(material: Material) -> tuple[str, str]:
    """Ask what is known to fit the topic, else what its own description answers, else what fits its area."""
    if material.idea or not material.description:
        source = material.idea or material.area
        return source.question, source.answer
    asked = f"How would you explain {material.name.inside} to a friend who has never heard of it?"
    if material.concepts:
        asked = f"{asked[:-1]}, with the help of {listed(material.concepts[:2])}?"
    return asked, f"You could begin like this. {ended(material.description[0])}"
