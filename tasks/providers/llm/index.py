"""A small index of topics: how rare each word is, and how well a topic is covered by a set of words."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from bellwork.tasks.providers.text import content_stems, plain

if TYPE_CHECKING:
    from bellwork.tasks.providers.llm.protocol import Topic

#: The keys of a topic's metadata that hold other names of it.
_NAMES = ("keywords", "aliases", "key_concepts", "tags")
_MOST_NAMES = 40
#: What a match is worth by the place it is found in.
_TITLE, _NAME, _DESCRIPTION = 1.0, 0.85, 0.5
#: A word that no topic knows says less about a request than the rarest known one.
_UNKNOWN = 0.4


class Index:
    """The words of a catalogue of topics, weighted by their rarity."""

    def __init__(self, topics: list[Topic]) -> None:
        self._entries = {topic.id: _Entry(topic) for topic in topics}
        counts: dict[str, int] = {}
        for entry in self._entries.values():
            for word in entry.words:
                counts[word] = counts.get(word, 0) + 1
        self._weights = {word: math.log(1 + len(topics) / count) for word, count in counts.items()}
        self._rarest = max(self._weights.values(), default=1.0)
        self.vocabulary = sorted(counts)

    def score(self, words: list[str], topic: Topic) -> float:
        """Score a topic from 0 to 1: how much of one of its names, and how much of the request, is covered."""
        entry = self._entries[topic.id]
        asked = sum(self._weight(word) for word in words)
        found = sum(self._weight(word) * entry.words.get(word, 0.0) for word in words)
        if not asked or not found:
            return 0.0
        named = max((worth * self._covered(name, words) for name, worth in entry.names), default=0.0)
        return 0.6 * named + 0.4 * found / asked

    def _covered(self, name: tuple[str, ...], words: list[str]) -> float:
        whole = sum(self._weight(word) for word in name)
        return sum(self._weight(word) for word in name if word in words) / whole if whole else 0.0

    def _weight(self, word: str) -> float:
        return self._weights.get(word, self._rarest * _UNKNOWN)


class _Entry:
    """The names of one topic, and what each of its words is worth."""

    def __init__(self, topic: Topic) -> None:
        others = tuple(name for key in _NAMES for name in _listed(topic.metadata.get(key)))
        self.names = [(_stems(topic.title, 255), _TITLE), *((_stems(name, 100), _NAME) for name in others)]
        self.words = dict.fromkeys(_stems(topic.description or "", 2_000), _DESCRIPTION)
        for name, worth in reversed(self.names):
            self.words.update(dict.fromkeys(name, worth))


def _listed(value: Any) -> list[str]:
    names = value.split(",") if isinstance(value, str) else value
    if not isinstance(names, (list, tuple)):
        return []
    return [name for name in names[:_MOST_NAMES] if isinstance(name, str)]


@lru_cache(maxsize=8_192)
def _stems(text: str, limit: int) -> tuple[str, ...]:
    return tuple(content_stems(plain(text, limit)))
