"""Chooses the world that serves an interest, and writes the interest's name into it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bellwork.tasks.providers.llm.worlds.anywhere import EVERYDAY, OWN
from bellwork.tasks.providers.llm.worlds.ball import BASKETBALL, SOCCER
from bellwork.tasks.providers.llm.worlds.outdoors import SPACE, WHEELS
from bellwork.tasks.providers.llm.worlds.screen import FILM, GAMES
from bellwork.tasks.providers.llm.worlds.stage import DANCE, MUSIC
from bellwork.tasks.providers.llm.worlds.workshop import ART, COOKING
from bellwork.tasks.providers.text import stems

if TYPE_CHECKING:
    from bellwork.tasks.providers.llm.worlds.shapes import World

WORLDS = (BASKETBALL, SOCCER, MUSIC, DANCE, GAMES, FILM, COOKING, ART, SPACE, WHEELS)


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
