"""The rules that every script obeys, whoever wrote it; what can be cleaned is cleaned, the rest is rejected.

The numbers are the request pipeline's (tasks/content/README.md): three to seven scenes, two to four minutes in all,
each scene with narration and visual description, the topic's key concepts present, no unsafe words.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellwork.tasks.providers.errors import ScriptRejected
from bellwork.tasks.providers.llm.concepts import key_concepts
from bellwork.tasks.providers.llm.safety import unsafe_word
from bellwork.tasks.providers.text import content_stems, plain, stems

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bellwork.tasks.providers.llm.protocol import Brief, Scene, Script

FEWEST_SCENES, MOST_SCENES = 3, 7
SHORTEST, LONGEST = 120, 240
#: Characters of one narration, one visual description, one heading, one point; and points on one slide.
NARRATION, VISUAL, LINE, POINT = 2_400, 600, 120, 240
MOST_POINTS = 5


def accept(script: Script, brief: Brief) -> Script:
    """Return the script with every text cleaned; raises ScriptRejected with the rule it breaks."""
    clean = script.model_copy(
        update={
            "topic_id": brief.topic.id,
            "interest_id": brief.interest.id if brief.interest else None,
            "title": _line(script.title) or "A lesson",
            "interest": _line(script.interest or "") or None,
            "scenes": tuple(_clean(scene) for scene in script.scenes),
        },
    )
    for reason in _broken_rules(clean, brief):
        raise ScriptRejected(reason)
    return clean


def _clean(scene: Scene) -> Scene:
    points = [plain(point, POINT) for point in scene.points[:MOST_POINTS]]
    return scene.model_copy(
        update={
            "heading": _line(scene.heading),
            "narration": plain(scene.narration, NARRATION + 1),
            "visual": plain(scene.visual, VISUAL + 1),
            "points": tuple(point for point in points if point),
        },
    )


def _line(text: str) -> str:
    return plain(text, LINE)


def _broken_rules(script: Script, brief: Brief) -> Iterator[str]:
    _refuse_unsafe(script)
    if not FEWEST_SCENES <= len(script.scenes) <= MOST_SCENES:
        yield f"the script has {len(script.scenes)} scenes; {FEWEST_SCENES} to {MOST_SCENES} are accepted"
    for number, scene in enumerate(script.scenes, start=1):
        yield from _broken_by_scene(number, scene)
    if len({scene.narration for scene in script.scenes}) < len(script.scenes):
        yield "two scenes say the same"
    if not SHORTEST <= script.seconds <= LONGEST:
        yield f"the script takes about {script.seconds:.0f} s to say; {SHORTEST} to {LONGEST} s are accepted"
    missing = _missing_concepts(script, brief)
    if missing:
        yield f"the script leaves out {', '.join(repr(concept) for concept in missing)}"


def _broken_by_scene(number: int, scene: Scene) -> Iterator[str]:
    for name, text, longest in (("narration", scene.narration, NARRATION), ("visual", scene.visual, VISUAL)):
        if not any(char.isalnum() for char in text):
            yield f"scene {number} has no {name}"
        if len(text) > longest:
            yield f"scene {number} has a {name} of more than {longest} characters"


def _refuse_unsafe(script: Script) -> None:
    written = [script.title, script.interest or ""]
    for scene in script.scenes:
        written += [scene.heading, scene.narration, scene.visual, *scene.points]
    for text in written:
        word = unsafe_word(text)
        if word:
            raise ScriptRejected(f"the script contains the unsafe word {word!r}", unsafe=True)


def _missing_concepts(script: Script, brief: Brief) -> list[str]:
    said = " ".join(scene.narration for scene in script.scenes)
    folded, roots = said.casefold(), set(stems(said))
    concepts = key_concepts(brief.topic)
    if concepts:
        return [
            concept for concept in concepts if concept.casefold() not in folded and not set(stems(concept)) <= roots
        ]
    title = content_stems(plain(brief.topic.title, 255))
    return [brief.topic.title] if title and not any(root in roots for root in title) else []
