"""The language model that needs no network: keywords to understand, templates to write; the same answer every time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellwork.tasks.providers.llm.acceptance import accept
from bellwork.tasks.providers.llm.author import write
from bellwork.tasks.providers.llm.matcher import match_keywords
from bellwork.tasks.providers.llm.study import accept_recap, accept_summary, write_items, write_recap, write_summary

if TYPE_CHECKING:
    from bellwork.tasks.providers.llm.protocol import Brief, Interest, Script, Topic, Understanding
    from bellwork.tasks.providers.llm.study import Item, ItemOrder, Lecture, Recap, Talk


class EmbeddedModel:
    """A LanguageModel over the topic's own text."""

    def understand(self, query: str, topics: list[Topic], interests: list[Interest]) -> Understanding:
        """Match the request's keywords against the catalogue."""
        return match_keywords(query, topics, interests)

    def write_script(self, brief: Brief) -> Script:
        """Write a lesson from templates; raises ScriptRejected where the topic's title itself is unsafe."""
        return accept(write(brief), brief)

    def write_recap(self, talk: Talk) -> Recap:
        """Sum up a session in its own words."""
        return accept_recap(write_recap(talk))

    def write_summary(self, lecture: Lecture) -> str:
        """Sum up a film in its own words; raises BadAnswer where no sentence of it can be told."""
        return accept_summary(write_summary(lecture))

    def write_items(self, order: ItemOrder) -> list[Item]:
        """Write items from what is known here; raises nothing, and returns fewer where no more are known."""
        return write_items(order)
