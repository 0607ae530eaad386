"""Chooses the world that serves an interest, and writes the interest's name into it."""

from __future__ import annotations

from dataclasses import replace

from bellwork.tasks.providers.llm.knowledge.load import load
from bellwork.tasks.providers.llm.worlds.anywhere import EVERYDAY, FILES, OWN, check_world
from bellwork.tasks.providers.llm.worlds.shapes import World
from bellwork.tasks.providers.text import stems

#: Of two worlds whose names fit an interest as well, the one of the earlier file counts.
_ORDER = ("ball", "stage", "screen", "workshop", "outdoors")
WORLDS = load(FILES / "interests", "world", World, _ORDER, check_world)


def world_of(interest: str | None) -> World:
    """Return the world with the longest name that the interest's name holds, else one that fits any interest."""
    if not interest:
        return EVERYDAY
    said = set(stems(interest))
    named = [(len(name.split()), world) for world in WORLDS for name in world.names if set(stems(name)) <= said]
    return max(named, key=lambda pair: pair[0])[1] if named else _named(OWN, interest)


def _named(world: World, interest: str) -> World:
    def fill(text: str) -> str:
        return text.replace("{interest}", interest)

    return replace(
        world,
        place=fill(world.place),
        hooks=tuple(fill(hook) for hook in world.hooks),
        scenes={area: fill(scene) for area, scene in world.scenes.items()},
        homework=fill(world.homework),
        visual=fill(world.visual),
    )
