"""Gathers everything one lesson is made of, cleaned and bounded, before a word of it is written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bellwork.tasks.providers.llm.author.ease import ease_of
from bellwork.tasks.providers.llm.author.naming import Name, name_of
from bellwork.tasks.providers.llm.author.variety import Variety
from bellwork.tasks.providers.llm.concepts import key_concepts
from bellwork.tasks.providers.llm.knowledge import Area, Idea, area_of, idea_of
from bellwork.tasks.providers.llm.safety import unsafe_word
from bellwork.tasks.providers.llm.worlds import World, world_of
from bellwork.tasks.providers.text import plain, sentences, shorten, spoken_words

if TYPE_CHECKING:
    from bellwork.tasks.providers.llm.protocol import Brief, Interest, Topic

_DESCRIPTION_WORDS = 70
_SENTENCE_WORDS = 40
_INTEREST_WORDS = 5


@dataclass(frozen=True)
class Material:
    """What the scenes draw on."""

    name: Name
    description: tuple[str, ...]
    concepts: tuple[str, ...]
    area: Area
    idea: Idea | None
    world: World
    interest: str | None
    vocabulary: tuple[str, ...]
    mistake: str | None
    ease: int
    variety: Variety

    def pick(self, slot: str, ways: tuple[str, ...]) -> str:
        """Choose one of several ways of saying a thing: the shortest where the lesson is to be easy."""
        return min(ways, key=len) if self.ease else self.variety.pick(slot, ways)


def gather(brief: Brief) -> Material:
    """Collect the material of a brief."""
    topic, interest = brief.topic, brief.interest
    name = name_of(topic.title)
    described = _description(topic.description)
    idea = idea_of(name.heading)
    liked = _interest_name(interest)
    return Material(
        name=name,
        description=described,
        concepts=key_concepts(topic) or (idea.terms if idea else ()),
        area=area_of(name.heading, " ".join((*described, *key_concepts(topic), _subject(topic)))),
        idea=idea,
        world=world_of(liked),
        interest=liked,
        vocabulary=_words_of(interest),
        mistake=_own_mistake(topic),
        ease=ease_of(brief.style),
        variety=Variety(f"{topic.id}|{interest.id if interest else ''}|{brief.style}"),
    )


def _description(text: str | None) -> tuple[str, ...]:
    kept: list[str] = []
    room: float = _DESCRIPTION_WORDS
    for sentence in dict.fromkeys(sentences(plain(text or ""))):
        short = shorten(sentence, _SENTENCE_WORDS)
        room -= spoken_words(short)
        if room < 0 or unsafe_word(short):
            break
        kept.append(short)
    return tuple(kept)


def _interest_name(interest: Interest | None) -> str | None:
    name = shorten(plain(interest.name, 100), _INTEREST_WORDS).strip(" .!?;:,\"'") if interest else ""
    return name if any(char.isalnum() for char in name) and not unsafe_word(name) else None


def _words_of(interest: Interest | None) -> tuple[str, ...]:
    listed = interest.metadata.get("vocabulary") if interest else None
    words = [shorten(plain(word, 60), 3) for word in _texts(listed)]
    return tuple(word for word in words if word and not unsafe_word(word))[:3]


def _own_mistake(topic: Topic) -> str | None:
    given = topic.metadata.get("common_mistake") or topic.metadata.get("misconception")
    text = shorten(plain(given, 400), _SENTENCE_WORDS) if isinstance(given, str) else ""
    return text if text and not unsafe_word(text) else None


def _subject(topic: Topic) -> str:
    subject = topic.metadata.get("subject")
    return plain(subject, 50) if isinstance(subject, str) else ""


def _texts(value: Any) -> list[str]:
    return [each for each in value[:10] if isinstance(each, str)] if isinstance(value, (list, tuple)) else []
