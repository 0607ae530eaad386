"""Texts as courses have them: sentences of a chain over the words of a real manual, each text with words of its own."""

from __future__ import annotations

import random
import re
from collections import defaultdict
from itertools import pairwise
from pydoc_data.topics import topics
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_WORD = re.compile(r"[A-Za-z]{2,}|[.!?]")
#: Words of a text: a piece of a lesson (tasks/courses/embeddings/chunks.py, 1,200 characters).
WORDS = 160


class Writer:
    """Writes texts by a chain of words over Python's own manual: its vocabulary, in the frequencies that it has.

    A text is about a page of the manual: half of its sentences begin there. Nothing is drawn around centres.
    """

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 - texts to measure with
        self._follows: dict[str, list[str]] = defaultdict(list)
        self._pages = [words for page in topics.values() if len(words := _WORD.findall(page)) > WORDS]
        for words in self._pages:
            for one, other in pairwise(words):
                self._follows[one].append(other)

    def text(self, words: int = WORDS) -> str:
        """Return a text of so many words."""
        page = self._random.choice(self._pages)
        written: list[str] = []
        while len(written) < words:
            written += self._sentence(page)
        return " ".join(written[:words])

    def _sentence(self, page: list[str]) -> Iterator[str]:
        source = page if self._random.random() < 0.5 else self._random.choice(self._pages)
        at = self._random.randrange(len(source) - 12)
        yield from source[at : at + 6]
        word = source[at + 6]
        for _ in range(self._random.randint(4, 14)):
            yield word
            word = self._random.choice(self._follows[word] or source)
