"""What a system finds for a text that somebody asks about."""

from __future__ import annotations

from typing import NamedTuple


class Found(NamedTuple):
    """A piece of a text, what it is of, and how near it is: 1 for the same, 0 for nothing in common."""

    kind: str
    id: str
    title: str
    text: str
    similarity: float
