"""The worlds that lessons are set in: one for each well-known interest, one for any other, one for none.

shapes    what a world is
ball, stage, screen, workshop, outdoors, anywhere
choose    which world serves an interest

A new world is one `World(...)` in a file of its kind, and its name in `choose.WORLDS`.
"""

from __future__ import annotations

from bellwork.tasks.providers.llm.worlds.choose import world_of
from bellwork.tasks.providers.llm.worlds.shapes import World

__all__ = ["World", "world_of"]
