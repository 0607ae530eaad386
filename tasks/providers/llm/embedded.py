"""The language model that needs no network: keywords to understand, templates to write; the same answer every time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellwork.tasks.providers.llm.acceptance import accept
from bellwork.tasks.providers.llm.author import write
from bellwork.tasks.providers.llm.matcher import match_keywords

if TYPE_CHECKING:
    from bellwork.tasks.providers.llm.protocol import Brief, Interest, Script, Topic, Understanding


class EmbeddedModel:
    """A LanguageModel over the topic's own text."""

    def understand(self, query: str, topics: list[Topic], interests: list[Interest]) -> Understanding:
        """Match the request's keywords against the catalogue."""
        return match_keywords(query, topics, interests)

    def write_script(self, brief: Brief) -> Script:
        """Write a lesson from templates; raises ScriptRejected where the topic's title itself is unsafe."""
        return accept(write(brief), brief)
