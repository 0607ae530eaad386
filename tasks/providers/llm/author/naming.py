"""Calls a topic by name inside a sentence, whatever its title looks like."""

from __future__ import annotations

from dataclasses import dataclass

from bellwork.tasks.providers.text import plain, shorten

#: The first numbers in words.
NUMBERS = ("one", "two", "three", "four", "five")
_MOST_WORDS, _LONGEST_WORD = 12, 45
_ARTICLES = ("The ", "A ", "An ")


@dataclass(frozen=True)
class Name:
    """A topic's title as a heading, and as it stands within a sentence."""

    heading: str
    inside: str
    is_question: bool


def name_of(title: str) -> Name:
    """Return the names of a topic; a question becomes `this question`, an empty title `this topic`."""
    heading = shorten(plain(title, 255), _MOST_WORDS, _LONGEST_WORD).strip(" \"'.,;:!-")
    if not any(char.isalnum() for char in heading):
        return Name("A short lesson", "this topic", is_question=False)
    if heading.endswith("?"):
        return Name(heading, "this question", is_question=True)
    return Name(heading, _without_capital_article(heading), is_question=False)


def listed(names: tuple[str, ...]) -> str:
    """Join names as in a sentence: `a`, `a and b`, `a, b and c`."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _without_capital_article(heading: str) -> str:
    if heading.startswith(_ARTICLES):
        return heading[0].lower() + heading[1:]
    return heading
