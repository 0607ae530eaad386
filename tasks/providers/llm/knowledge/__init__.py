"""What the embedded author knows of school science by itself, for topics whose own text is thin.

shapes  Area and Idea: the parts a lesson needs
areas   eleven areas, from motion to code, and how to look at anything in them (areas_*)
terms   one sentence each for common key concepts
find    which area and which idea a topic belongs to
forces, motion, energy, electricity, waves, relations, growth, shapes_and_chance, matter, cells, heredity and
programs: the ideas

A new idea is one `Idea(...)` in the file of its area; the scenes it needs are the fields of that class.
"""

from __future__ import annotations

from bellwork.tasks.providers.llm.knowledge.find import area_of, explain_term, idea_of
from bellwork.tasks.providers.llm.knowledge.shapes import Area, Idea

__all__ = ["Area", "Idea", "area_of", "explain_term", "idea_of"]
