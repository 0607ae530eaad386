"""All areas, in the order in which a tie between them is decided."""

from __future__ import annotations

from pathlib import Path

from bellwork.tasks.providers.llm.knowledge.load import read
from bellwork.tasks.providers.llm.knowledge.shapes import Area

#: Where the files lie.
FILES = Path(__file__).parent / "files"
#: GENERAL is not among them: it is what remains where none of these shares a word with a topic.
*_AREAS, GENERAL = read(FILES / "areas.toml", "area", Area)
AREAS = tuple(_AREAS)
BY_NAME = {area.name: area for area in (*AREAS, GENERAL)}


def unknown(*areas: str) -> str:
    """Say which of these is no area; '' where each is one."""
    return next((f"{area!r} is no area; there are {', '.join(BY_NAME)}" for area in areas if area not in BY_NAME), "")
