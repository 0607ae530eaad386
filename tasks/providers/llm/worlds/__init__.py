"""The worlds that lessons are set in: one for each well-known interest, one for any other, one for none.

shapes    what a world is; each entry of a file is held against it
files     any_interest.toml, no_interest.toml, and interests/*.toml, for people who teach
anywhere  the two worlds for everybody
choose    which world serves an interest

A new world is one [[world]] in a file in files/interests.
"""

from __future__ import annotations

from bellwork.tasks.providers.llm.worlds.choose import world_of
from bellwork.tasks.providers.llm.worlds.shapes import World

__all__ = ["World", "world_of"]
