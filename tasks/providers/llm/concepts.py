"""Reads the key concepts of a topic from its metadata: clean, few, each once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bellwork.tasks.providers.llm.safety import unsafe_word
from bellwork.tasks.providers.text import plain, shorten

if TYPE_CHECKING:
    from bellwork.tasks.providers.llm.protocol import Topic

#: A lesson of three minutes carries no more.
MOST_CONCEPTS = 5
_LONGEST = 6
_MOST_READ = 50


def key_concepts(topic: Topic) -> tuple[str, ...]:
    """List up to five key concepts, in the topic's order; what is no text, empty, unsafe or double is left out."""
    found: dict[str, str] = {}
    for name in _names(topic.metadata.get("key_concepts"))[:_MOST_READ]:
        concept = shorten(plain(name, 120), _LONGEST).strip(" .!?;:,\"'")
        if any(char.isalnum() for char in concept) and not unsafe_word(concept):
            found.setdefault(concept.casefold(), concept)
    return tuple(found.values())[:MOST_CONCEPTS]


def _names(value: Any) -> list[str]:
    match value:
        case str():
            return value[:2_000].split(",")
        case dict():
            return [key for key in value if isinstance(key, str)]
        case list() | tuple():
            named = [item.get("name") if isinstance(item, dict) else item for item in value[:_MOST_READ]]
            return [name for name in named if isinstance(name, str)]
        case _:
            return []
