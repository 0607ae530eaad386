"""Embeddings without a network: words, pairs of words and pieces of four letters, hashed to signed places.

The hashing trick of Weinberger et al., "Feature Hashing for Large Scale Multitask Learning" (ICML 2009): a feature
adds +1 or -1, by its hash, at a place that its hash names, so that collisions cancel in the mean. Words count for what
is said, pairs for how, pieces for words that are written otherwise (`indexing`, `index`, `indxe`). What stands more
than once counts by 1 + ln(times), and words that carry no topic are left out.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from functools import lru_cache
from hashlib import blake2b
from itertools import pairwise
from typing import TYPE_CHECKING

from bellwork.tasks.providers.embeddings.protocol import DIMENSIONS, normalised
from bellwork.tasks.providers.text.stems import STOPWORDS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_WORD = re.compile(r"[^\W_]+")
_PIECE = 4
_WORDS, _PAIRS, _PIECES = 1.0, 0.5, 0.5
#: Characters of a text that are looked at.
_MOST = 20_000


class HashedWords:
    """An Embedder that knows no language: texts are near that share words."""

    name = "hashed-1"
    at_once = 1_000

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """Return an embedding for each text; the same text has the same on every machine."""
        return [_embedded(text) for text in texts]


def _embedded(text: str) -> list[float]:
    numbers = [0.0] * DIMENSIONS
    for (feature, weight), times in Counter(_features(text)).items():
        place, sign = _hashed(feature)
        numbers[place] += sign * weight * (1 + math.log(times))
    if not any(numbers):
        numbers[0] = 1.0  # nothing is said, or all of it cancels: near to nothing but its like
    return normalised(numbers)


def _features(text: str) -> Iterator[tuple[str, float]]:
    found = _WORD.findall(unicodedata.normalize("NFKC", text[:_MOST]).casefold())
    words = [word for word in found if word not in STOPWORDS]
    for word in words:
        yield word, _WORDS
        for piece in _pieces(word):
            yield piece, _PIECES
    for one, other in pairwise(words):
        yield f"{one} {other}", _PAIRS


@lru_cache(maxsize=50_000)
def _pieces(word: str) -> tuple[str, ...]:
    marked = f"#{word}#"
    return tuple(marked[at : at + _PIECE] for at in range(len(marked) - _PIECE + 1))


@lru_cache(maxsize=200_000)
def _hashed(feature: str) -> tuple[int, int]:
    number = int.from_bytes(blake2b(feature.encode(errors="replace"), digest_size=8).digest(), "big")
    return (number >> 1) % DIMENSIONS, 1 if number & 1 else -1
