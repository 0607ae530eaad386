"""A scene while it is being written: its sentences are still apart, so that the lesson can be fitted to its time."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bellwork.tasks.providers.llm.protocol import Scene
from bellwork.tasks.providers.text import seconds_to_say, shorten

if TYPE_CHECKING:
    from bellwork.tasks.providers.llm.protocol import Kind

_POINT_WORDS = 30


@dataclass
class Draft:
    """What is said, which of that may go where time is short, what may be added, and what stands on the slide."""

    kind: Kind
    heading: str
    said: list[str]
    visual: str
    points: list[str]
    spare: list[str] = field(default_factory=list)
    droppable: list[str] = field(default_factory=list)

    @property
    def seconds(self) -> float:
        """Estimate how long the draft takes to say."""
        return sum(seconds_to_say(sentence) for sentence in self.said)

    def as_scene(self) -> Scene:
        """Return the scene as it now reads."""
        return Scene(
            kind=self.kind,
            heading=self.heading,
            narration=" ".join(self.said),
            visual=self.visual,
            points=tuple(shorten(point, _POINT_WORDS) for point in self.points),
        )


def ended(text: str) -> str:
    """Close a text as a sentence."""
    return text if text.endswith((".", "!", "?", "\u2026", "\u3002")) else f"{text}."


def capital(text: str) -> str:
    """Begin a text with a capital letter, where that is one letter for one."""
    first = text[:1].upper()
    return first + text[1:] if len(first) == 1 else text
