"""Writes a script from a brief: the same script for the same brief, whatever is in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellwork.tasks.providers.llm.author.ease import ease
from bellwork.tasks.providers.llm.author.fit import fit
from bellwork.tasks.providers.llm.author.material import gather
from bellwork.tasks.providers.llm.author.scenes import SCENES
from bellwork.tasks.providers.llm.protocol import Script

if TYPE_CHECKING:
    from bellwork.tasks.providers.llm.protocol import Brief


def write(brief: Brief) -> Script:
    """Return a lesson of seven scenes, two to four minutes long, not yet accepted."""
    material = gather(brief)
    drafts = fit(ease([scene(material) for scene in SCENES], material.ease))
    return Script(
        topic_id=brief.topic.id,
        title=material.name.heading,
        style=brief.style,
        interest_id=brief.interest.id if brief.interest else None,
        interest=material.interest,
        scenes=tuple(draft.as_scene() for draft in drafts),
    )
