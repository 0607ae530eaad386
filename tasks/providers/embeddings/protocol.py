"""What an embedder does, and what every embedding is."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

#: The numbers of an embedding (learncraft.md, Content Embeddings Table: OpenAI's dimension).
DIMENSIONS = 1536


class Embedder(Protocol):
    """Turns texts into embeddings of DIMENSIONS numbers and length 1, so that their product is the cosine.

    Raises the errors of tasks/providers/errors.py and no others.
    """

    #: What made an embedding: those of two names cannot be compared.
    name: str
    #: Texts of one call.
    at_once: int

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """Return an embedding for each text, at most `at_once` of them, in their order."""


def normalised(numbers: Sequence[float]) -> list[float]:
    """Return the numbers at length 1; raises ValueError where they have no length."""
    length = math.hypot(*numbers)
    if not length or not math.isfinite(length):
        raise ValueError(f"the length of an embedding is {length}")
    return [number / length for number in numbers]
