"""What an OpenAI-compatible model is asked for a recap and for items, and the forms it fills in."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict

from bellwork.tasks.providers.llm.openai_prompts import DATA
from bellwork.tasks.providers.llm.study.protocol import Item, Recap
from bellwork.tasks.providers.text import plain

if TYPE_CHECKING:
    from bellwork.tasks.providers.llm.study.protocol import ItemOrder, Lecture, Talk

RECAP = (
    "You sum up tutoring sessions for the student who was there. "
    + DATA
    + "Write `narrative` to the student as 'you': what was worked on, what went well, what was hard; four to eight "
    "sentences, two where `brief` is true. Name every one of `subjects`. Say nothing that the transcript does not say. "
    "`next_steps` are one to three things to do before the next session, each one sentence that begins with a verb. "
    "Answer by the given JSON schema only."
)
SUMMARY = (
    "You sum up films of lessons for those who choose what to watch. "
    + DATA
    + "Write `summary`: what the film teaches, in three to six sentences, in the language of the transcript. Say "
    "nothing that the transcript does not say. Answer by the given JSON schema only."
)
ITEMS = (
    "You write practice items for school students. "
    + DATA
    + "Write `count` items of `subject` at the difficulty, from 1 (first steps) to 10 (final exam): a question with "
    "one right answer, the answer, and an explanation of at most three sentences. None asks the same as one of `had`. "
    "Answer by the given JSON schema only."
)
#: Characters of a transcript that are put before a model: its beginning and its end, where next steps are agreed on.
_TRANSCRIPT, _MOST_HAD = 24_000, 60


class _Form(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class RecapForm(_Form):
    """A recap as the model writes it."""

    narrative: str
    next_steps: list[str]

    def as_recap(self) -> Recap:
        """Return it as a recap, not yet accepted."""
        return Recap(narrative=self.narrative, next_steps=tuple(self.next_steps))


class SummaryForm(_Form):
    """A summary as the model writes it."""

    summary: str


class ItemForm(_Form):
    """One item as the model writes it."""

    question: str
    answer: str
    explanation: str


class ItemsForm(_Form):
    """Items as the model writes them."""

    items: list[ItemForm]

    def as_items(self) -> list[Item]:
        """Return them as items, not yet accepted."""
        return [Item(**each.model_dump()) for each in self.items]


def recap_document(talk: Talk) -> str:
    """Pack a session as JSON; every text is cleaned and cut to a bounded length."""
    return _json(
        {
            "subjects": [plain(each, 100) for each in talk.subjects],
            "topics": [plain(each, 100) for each in talk.topics[:20]],
            "minutes": talk.minutes,
            "brief": talk.brief,
            "transcript": _both_ends(talk.transcript),
        }
    )


def lecture_document(lecture: Lecture) -> str:
    """Pack a film as JSON; every text is cleaned and cut to a bounded length."""
    return _json({"title": plain(lecture.title, 300), "transcript": _both_ends(lecture.transcript)})


def items_document(order: ItemOrder) -> str:
    """Pack an order of items as JSON; every text is cleaned and cut to a bounded length."""
    return _json(
        {
            "subject": plain(order.subject, 100),
            "about": plain(order.about, 1_000),
            "difficulty": order.difficulty,
            "count": order.count,
            "had": [each[:300] for each in order.had[-_MOST_HAD:]],
        }
    )


def _both_ends(transcript: str) -> str:
    if len(transcript) <= _TRANSCRIPT:
        return plain(transcript, _TRANSCRIPT)
    half = _TRANSCRIPT // 2
    return f"{plain(transcript[:half], half)} … {plain(transcript[-half:], half)}"


def _json(document: dict[str, object]) -> str:
    return json.dumps(document, ensure_ascii=False)
