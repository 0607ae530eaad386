"""Turns a model's reading of a request into an understanding: only known ids count, and only confidence is clear."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellwork.tasks.providers.errors import BadAnswer
from bellwork.tasks.providers.llm.matcher import LONGEST_QUERY, offer, rank
from bellwork.tasks.providers.llm.protocol import CONFIDENT, Understanding
from bellwork.tasks.providers.text import content_stems, plain

if TYPE_CHECKING:
    from bellwork.tasks.providers.llm.openai_answers import Reading
    from bellwork.tasks.providers.llm.protocol import Interest, Topic

#: No more topics than this are put before the model; of a larger catalogue, those nearest to the request by keywords.
MOST_TOPICS = 80


def shortlist(query: str, topics: list[Topic]) -> list[Topic]:
    """Choose the topics to ask about: all of a small catalogue, the nearest of a large one, filled up in its order."""
    if len(topics) <= MOST_TOPICS:
        return topics
    chosen = {topic.id: topic for topic in [*_nearest(query, topics), *topics]}
    return list(chosen.values())[:MOST_TOPICS]


def judge(reading: Reading, query: str, topics: list[Topic], interests: list[Interest]) -> Understanding:
    """Return the understanding; raises BadAnswer where the model names a topic that it was not offered."""
    named = _known(reading, topics)
    interest = reading.interest_id if reading.interest_id in {each.id for each in interests} else None
    sure = reading.confidence
    if reading.outcome == "clear" and reading.topic_id and sure >= CONFIDENT:
        return Understanding(outcome="clear", topic_id=reading.topic_id, interest_id=interest, confidence=sure)
    options = offer([*named, *(topic for topic in _nearest(query, topics) if topic not in named)])
    if reading.outcome == "out_of_scope" or not options:
        return Understanding(outcome="out_of_scope", interest_id=interest, confidence=sure)
    unsure = min(sure, CONFIDENT - 0.01)
    return Understanding(outcome="ambiguous", options=options, interest_id=interest, confidence=unsure)


def _known(reading: Reading, topics: list[Topic]) -> list[Topic]:
    catalogue = {topic.id: topic for topic in topics}
    named = [key for key in (reading.topic_id, *reading.options) if key]
    for key in named:
        if key not in catalogue:
            raise BadAnswer(f"the language model names the topic {key[:100]!r}, which is not in the catalogue")
    return [catalogue[key] for key in dict.fromkeys(named)]


def _nearest(query: str, topics: list[Topic]) -> list[Topic]:
    return [topic for topic, _ in rank(content_stems(plain(query, LONGEST_QUERY)), topics)]
