"""The rules that recaps and items obey, whoever wrote them: bounded lengths, nothing unsafe, no repeats."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellwork.tasks.providers.errors import BadAnswer
from bellwork.tasks.providers.llm.safety import unsafe_word
from bellwork.tasks.providers.llm.study.protocol import Item, Recap
from bellwork.tasks.providers.text import plain

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bellwork.tasks.providers.llm.study.protocol import ItemOrder

#: Characters of a narrative, of a step, of a question, of an answer and of an explanation.
NARRATIVE, STEP, QUESTION, ANSWER, EXPLANATION = 3_000, 300, 1_000, 500, 1_000
#: study_companion.md wants actionable next steps; the study companion shows three at most (tasks/companion/README.md).
MOST_STEPS = 3


def accept_recap(recap: Recap) -> Recap:
    """Return a recap with every text cleaned; raises BadAnswer where nothing is left of it, or a word is unsafe."""
    narrative = plain(recap.narrative, NARRATIVE)
    steps = tuple(dict.fromkeys(step for step in (plain(each, STEP) for each in recap.next_steps) if _says(step)))
    if not _says(narrative) or not steps:
        raise BadAnswer("the recap of a session has no narrative or no next step")
    _refuse_unsafe((narrative, *steps))
    return Recap(narrative=narrative, next_steps=steps[:MOST_STEPS])


def accept_summary(summary: str) -> str:
    """Return a summary cleaned; raises BadAnswer where nothing is left of it, or a word is unsafe."""
    clean = plain(summary, NARRATIVE)
    if not _says(clean):
        raise BadAnswer("the summary of a film says nothing")
    _refuse_unsafe((clean,))
    return clean


def accept_items(items: Iterable[Item], order: ItemOrder) -> list[Item]:
    """Return those of the items that can be used, cleaned: with an answer, safe, and none that the learner had."""
    had, kept = {comparable(each) for each in order.had}, []
    for item in items:
        clean = Item(
            question=_math(item.question, QUESTION),
            answer=_math(item.answer, ANSWER),
            explanation=_math(item.explanation, EXPLANATION),
        )
        usable = _says(clean.question) and _says(clean.answer)
        if not usable or comparable(clean.question) in had or any(map(unsafe_word, clean.model_dump().values())):
            continue
        had.add(comparable(clean.question))
        kept.append(clean)
    return kept[: order.count]


def comparable(question: str) -> str:
    """Return what two questions have in common that are the same one."""
    return " ".join(question.casefold().split())


def _math(text: str, limit: int) -> str:
    """Clean a text that may hold a formula, of which `plain` would take signs: only what cannot be read is taken."""
    return " ".join("".join(char for char in text[: 2 * limit] if char.isprintable() or char.isspace()).split())[:limit]


def _says(text: str) -> bool:
    return any(char.isalnum() for char in text)


def _refuse_unsafe(texts: Iterable[str]) -> None:
    for text in texts:
        if word := unsafe_word(text):
            raise BadAnswer(f"the text contains the unsafe word {word!r}")
