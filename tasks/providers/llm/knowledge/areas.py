"""All areas in one table, in the order in which a tie between them is decided."""

from __future__ import annotations

from bellwork.tasks.providers.llm.knowledge.areas_maths import CHANCE, NUMBER, SHAPE
from bellwork.tasks.providers.llm.knowledge.areas_nature import CODE, GENERAL, LIFE, MATTER
from bellwork.tasks.providers.llm.knowledge.areas_physics import ELECTRICITY, ENERGY, MOTION, WAVES

#: GENERAL is not among them: it is what remains where none of these shares a word with a topic.
AREAS = (MOTION, ENERGY, WAVES, ELECTRICITY, NUMBER, SHAPE, CHANCE, MATTER, LIFE, CODE)
BY_NAME = {area.name: area for area in (*AREAS, GENERAL)}
