"""One sentence each for key concepts that many topics share."""

from __future__ import annotations

from bellwork.tasks.providers.llm.knowledge.areas import FILES, unknown
from bellwork.tasks.providers.llm.knowledge.load import read
from bellwork.tasks.providers.llm.knowledge.shapes import Term


def check_term(term: Term) -> str:
    """Say what is wrong with a term beside its fields."""
    wrong = unknown(*term.only_in)
    return f"only_in: {wrong}" if wrong else ""


TERMS = tuple(read(FILES / "terms.toml", "term", Term, check_term))
