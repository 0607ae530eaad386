"""Two worlds for everybody: any interest that has no world of its own, and everyday life where there is no interest.

`{interest}` stands for the interest's own name.
"""

from __future__ import annotations

from pathlib import Path

from bellwork.tasks.providers.llm.knowledge.areas import BY_NAME
from bellwork.tasks.providers.llm.knowledge.load import read
from bellwork.tasks.providers.llm.worlds.shapes import World

#: Where the files lie.
FILES = Path(__file__).parent / "files"


def check_world(world: World) -> str:
    """Say what is wrong with a world beside its fields: it has a scene for each area, and for nothing else."""
    if lacking := [area for area in BY_NAME if area not in world.scenes]:
        return f"scenes: there is none for {lacking[0]!r}"
    if more := [area for area in world.scenes if area not in BY_NAME]:
        return f"scenes: {more[0]!r} is no area; there are {', '.join(BY_NAME)}"
    return ""


[OWN] = read(FILES / "any_interest.toml", "world", World, check_world)
[EVERYDAY] = read(FILES / "no_interest.toml", "world", World, check_world)
