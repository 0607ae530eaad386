"""Finds the interest that a request mentions by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellwork.tasks.providers.text import content_stems, plain

if TYPE_CHECKING:
    from bellwork.tasks.providers.llm.protocol import Interest


def mentioned_interest(words: list[str], interests: list[Interest]) -> tuple[str | None, set[str]]:
    """Return the id of the interest whose whole name is among the words, the longest name first, and that name."""
    said = set(words)
    names = [(set(content_stems(plain(interest.name, 100))), interest.id) for interest in interests]
    named = [(name, key) for name, key in names if name and name <= said]
    if not named:
        return None, set()
    name, key = min(named, key=lambda pair: (-len(pair[0]), pair[1]))
    return key, name
