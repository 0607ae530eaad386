"""A summary of a lesson's film from its own words: the sentences that share most with its title and with the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellwork.tasks.providers.llm.study.protocol import Talk
from bellwork.tasks.providers.llm.study.recap import telling

if TYPE_CHECKING:
    from bellwork.tasks.providers.llm.study.protocol import Lecture


def write_summary(lecture: Lecture) -> str:
    """Return up to three sentences in their order: the same ones for the same film, and none where nothing is said."""
    return " ".join(telling(Talk(topics=(lecture.title,), transcript=lecture.transcript)))
