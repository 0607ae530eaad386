"""The worked example: the topic at work in the pupil's own world."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellwork.tasks.providers.llm.author.draft import Draft, capital
from bellwork.tasks.providers.llm.protocol import Kind
from bellwork.tasks.providers.text import sentences

if TYPE_CHECKING:
    from bellwork.tasks.providers.llm.author.material import Material

_LEADS = (
    "Now take it {place}.",
    "Let us step {place} and look for it there.",
    "Time for an example, so come with me {place}.",
)
_SIMPLE_LEAD = "Here is an example. Come with me {place}."
_CLOSINGS = (
    "That is {topic}, not on a page, but at work.",
    "You have just used {topic} on something real.",
    "Once you have seen {topic} at work like this, you will see it in other places too.",
)


def example(material: Material) -> Draft:
    """Work through one scene of the pupil's world."""
    lead = _SIMPLE_LEAD if material.ease else material.pick("example", _LEADS)
    closing = material.pick("closing", _CLOSINGS).replace("{topic}", material.name.inside)
    moment = material.world.scenes[material.area.name]
    steps = list((material.idea or material.area).apply)
    return Draft(
        kind=Kind.EXAMPLE,
        heading=f"{capital(material.interest)}: see it happen" if material.interest else "See it happen",
        said=[lead.replace("{place}", material.world.place), moment, *steps, closing],
        visual=f"{capital(material.world.visual)}, with arrows that point at what matters.",
        points=[*sentences(moment)[:1], *steps],
    )
