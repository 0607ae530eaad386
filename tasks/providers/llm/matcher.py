"""Finds the topic that a pupil's words mean by comparing keywords: no network, the same answer every time."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

from bellwork.tasks.providers.llm.index import Index
from bellwork.tasks.providers.llm.interests import mentioned_interest
from bellwork.tasks.providers.llm.protocol import CONFIDENT, MOST_OPTIONS, Option, Topic, Understanding
from bellwork.tasks.providers.text import content_stems, plain, shorten

if TYPE_CHECKING:
    from bellwork.tasks.providers.llm.protocol import Interest

#: No more of a request is looked at; a pupil's question is a line or two.
LONGEST_QUERY = 2_000
#: Scores (0 to 1) from which a topic is offered, and is clear if it also leads: by little where it is named in full.
_OFFERED, _CLEAR = 0.14, 0.5
_LEAD, _LEAD_IN_FULL = 0.2, 0.05
_CLOSE_ENOUGH = 0.8
_SHORTEST_TYPO = 5


def match_keywords(query: str, topics: list[Topic], interests: list[Interest]) -> Understanding:
    """Say what a request means by its keywords: clear, ambiguous with up to three options, or out of scope."""
    words = content_stems(plain(query, LONGEST_QUERY))
    interest, spent = mentioned_interest(words, interests)
    ranked = rank([word for word in words if word not in spent] or words, topics)
    if not ranked:
        return Understanding(outcome="out_of_scope", interest_id=interest)
    best, score = ranked[0]
    if score >= _CLEAR and score - _second(ranked) >= (_LEAD_IN_FULL if _in_full(best, words) else _LEAD):
        return Understanding(outcome="clear", topic_id=best.id, interest_id=interest, confidence=_confidence(score))
    return Understanding(
        outcome="ambiguous",
        interest_id=interest,
        confidence=round(min(score, CONFIDENT - 0.01), 2),
        options=offer([topic for topic, _ in ranked]),
    )


def rank(words: list[str], topics: list[Topic]) -> list[tuple[Topic, float]]:
    """Order the topics that share enough with the stems of a request, best first; ties by id."""
    index = Index(topics)
    known = [_without_typos(word, index) for word in words]
    scored = [(topic, index.score(known, topic)) for topic in topics]
    return sorted(
        ((topic, score) for topic, score in scored if score >= _OFFERED), key=lambda pair: (-pair[1], pair[0].id)
    )


def offer(topics: list[Topic]) -> tuple[Option, ...]:
    """Word the first three topics as options; titles and descriptions are the catalogue's own."""
    return tuple(
        Option(
            id=f"opt_{number}",
            topic_id=topic.id,
            title=plain(topic.title, 255),
            description=shorten(plain(topic.description or "", 400), 30),
        )
        for number, topic in enumerate(topics[:MOST_OPTIONS], start=1)
    )


def _second(ranked: list[tuple[Topic, float]]) -> float:
    return ranked[1][1] if len(ranked) > 1 else 0.0


def _in_full(topic: Topic, words: list[str]) -> bool:
    return set(content_stems(plain(topic.title, 255))) <= set(words)


def _confidence(score: float) -> float:
    return round(CONFIDENT + (1 - CONFIDENT) * (score - _CLEAR) / (1 - _CLEAR), 2)


def _without_typos(word: str, index: Index) -> str:
    if word in index.vocabulary or len(word) < _SHORTEST_TYPO:
        return word
    near = get_close_matches(word, index.vocabulary, n=1, cutoff=_CLOSE_ENOUGH)
    return near[0] if near else word
