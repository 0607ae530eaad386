"""The model of what the embedded author knows, by which each entry of its files is checked (load.py)."""

from __future__ import annotations

from typing import Annotated

from pydantic import ConfigDict, Field, StringConstraints
from pydantic.dataclasses import dataclass

#: Words that are said or shown: one line, without blanks around it.
Words = Annotated[str, StringConstraints(pattern=r"^\S(.*\S)?$", max_length=600)]
Name = Annotated[str, StringConstraints(pattern=r"^=?\S(.*\S)?$", max_length=100)]
Names = Annotated[tuple[Name, ...], Field(min_length=1)]
Said = Annotated[tuple[Words, ...], Field(min_length=1, max_length=5)]
#: What is not a field is a slip of the pen.
STRICT = ConfigDict(extra="forbid")


@dataclass(frozen=True, config=STRICT)
class Area:
    """A part of school science. `words` are what its topics are recognised by; the rest is said about any of them."""

    name: Name
    words: str
    meaning: Words
    how: Said
    apply: Said
    mistake: Said
    question: Words
    answer: Words
    short: Words


@dataclass(frozen=True, config=STRICT)
class Idea:
    """One idea, recognised where a topic's title holds all words of one of its `names`.

    A name that begins with `=` has to be the whole title: acids are no amino acids.
    """

    names: Names
    area: Name
    meaning: Words
    how: Said
    apply: Said
    mistake: Said
    question: Words
    answer: Words
    short: Words
    terms: Annotated[tuple[Name, ...], Field(min_length=1)]


@dataclass(frozen=True, config=STRICT)
class Term:
    """A key concept in one sentence; `only_in` names the areas in which the word means that, none: in all."""

    name: Name
    sentence: Words
    only_in: tuple[Name, ...] = ()
