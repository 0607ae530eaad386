"""What the embedded author knows of school science by itself, for topics whose own text is thin.

shapes  Area, Idea and Term: the parts a lesson needs; each entry of a file is held against them
files   areas.toml, terms.toml, and ideas/*.toml, one for each part of a subject: for people who teach
load    reads the files, and names a bad entry by file and field
areas   eleven areas, from motion to code, and how to look at anything in them
terms   one sentence each for common key concepts
find    which area and which idea a topic belongs to

A new idea is one [[idea]] in the file of its area, or in a new file in files/ideas.
"""

from __future__ import annotations

from bellwork.tasks.providers.llm.knowledge.find import area_of, explain_term, idea_of
from bellwork.tasks.providers.llm.knowledge.shapes import Area, Idea

__all__ = ["Area", "Idea", "area_of", "explain_term", "idea_of"]
