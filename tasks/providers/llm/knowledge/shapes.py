"""The shape of what the embedded author knows: an area with its way of looking, and a single idea of it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Area:
    """A part of school science. `words` are what its topics are recognised by; the rest is said about any of them."""

    name: str
    words: str
    meaning: str
    how: tuple[str, ...]
    apply: tuple[str, ...]
    mistake: tuple[str, ...]
    question: str
    answer: str
    short: str


@dataclass(frozen=True)
class Idea:
    """One idea, recognised where a topic's title holds all words of one of its `names`.

    A name that begins with `=` has to be the whole title: acids are no amino acids.
    """

    names: tuple[str, ...]
    area: str
    meaning: str
    how: tuple[str, ...]
    apply: tuple[str, ...]
    mistake: tuple[str, ...]
    question: str
    answer: str
    short: str
    terms: tuple[str, ...]
