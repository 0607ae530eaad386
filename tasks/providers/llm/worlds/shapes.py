"""The shape of a world: the places, people and moments with which an interest is woven into a lesson."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class World:
    """An interest as a place to learn in.

    `names` are words of the interests it serves, `place` completes "Now take it …", `hooks` open a lesson, `scenes`
    hold one concrete example for each area of knowledge, `homework` completes "The next time …".
    """

    names: tuple[str, ...]
    place: str
    hooks: tuple[str, ...]
    scenes: dict[str, str]
    homework: str
    visual: str
