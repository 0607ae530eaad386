"""The shape of a world: the places, people and moments with which an interest is woven into a lesson."""

from __future__ import annotations

from pydantic.dataclasses import dataclass

from bellwork.tasks.providers.llm.knowledge.shapes import STRICT, Name, Said, Words


@dataclass(frozen=True, config=STRICT)
class World:
    """An interest as a place to learn in.

    `names` are words of the interests it serves, `place` completes "Now take it …", `hooks` open a lesson, `scenes`
    hold one concrete example for each area of knowledge, `homework` completes "The next time …".
    """

    names: tuple[Name, ...]
    place: Words
    hooks: Said
    scenes: dict[str, Words]
    homework: Words
    visual: Words
