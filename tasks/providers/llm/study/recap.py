"""A recap from a session's own words: what carries its topics is told, what was said to be done is to be done."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from bellwork.tasks.providers.llm.safety import unsafe_word
from bellwork.tasks.providers.llm.study.protocol import Recap
from bellwork.tasks.providers.text import content_stems, plain, sentences, shorten, spoken_words

if TYPE_CHECKING:
    from bellwork.tasks.providers.llm.study.protocol import Talk

#: Characters of a transcript that are read, sentences that are told of it, and words of one of them.
_READ, _TOLD, _TOLD_BRIEFLY, _WORDS = 200_000, 3, 1, 40
_FEWEST_WORDS = 5
_SPEAKER = re.compile(r"(?:^|(?<=\n))[^\S\n]*(?:\[[\d:.]+\][^\S\n]*)?[A-Z][\w .'-]{0,30}:\s+")
_TO_DO = re.compile(
    r"\b(?:homework|practi[sc]e|for next (?:time|week)|before (?:our|the) next|next (?:time|session|week)|review|finish"
    r"|try to|work on|read (?:chapter|pages?)|solve|memori[sz]e|write (?:down|up))\b",
    re.IGNORECASE,
)


def write_recap(talk: Talk) -> Recap:
    """Return a recap: the same one for the same session, and one even where nothing was written down."""
    said = _sentences(talk.transcript)
    told = _telling(said, talk)
    steps = [_as_step(each) for each in said if _TO_DO.search(each) and not each.endswith("?")]
    narrative = " ".join((_opening(talk), *told))
    return Recap(narrative=narrative, next_steps=tuple(dict.fromkeys((*steps, *_usual_steps(talk))))[:3])


def telling(talk: Talk) -> list[str]:
    """Return the sentences of a talk that tell most of it, in their order."""
    return _telling(_sentences(talk.transcript), talk)


def _opening(talk: Talk) -> str:
    length = f"{talk.minutes}-minute " if talk.minutes else ""
    kind = f"brief {length}" if talk.brief else length
    about = f" covered {_listed(talk.subjects)}" if talk.subjects else " was held"
    topics = f", with work on {_listed(talk.topics)}" if talk.topics else ""
    return f"Your {kind}session{about}{topics}."


def _telling(said: list[str], talk: Talk) -> list[str]:
    """Choose the sentences that share most with the topics and with the rest, in their order."""
    counts = Counter(stem for each in said for stem in set(content_stems(each)))
    topical = set(content_stems(" ".join((*talk.topics, *talk.subjects))))
    long_enough = [place for place, each in enumerate(said) if _FEWEST_WORDS <= spoken_words(each) <= _WORDS]

    def weight(place: int) -> float:
        stems = content_stems(said[place])
        return sum((3.0 if stem in topical else 1.0) * counts[stem] for stem in stems) / (4 + len(stems))

    best = sorted(long_enough, key=lambda place: (-weight(place), place))
    return [said[place] for place in sorted(best[: _TOLD_BRIEFLY if talk.brief else _TOLD])]


def _sentences(transcript: str) -> list[str]:
    lines = _SPEAKER.sub("\n", transcript[:_READ]).splitlines()
    found = [each for line in lines for each in sentences(plain(line, 2_000))]
    return [each if each[-1] in ".!?" else f"{each}." for each in found if each and not unsafe_word(each)]


def _as_step(sentence: str) -> str:
    step = shorten(sentence, _WORDS)
    return step if step[-1:] in ".!?" else f"{step}."


def _usual_steps(talk: Talk) -> list[str]:
    about = list(dict.fromkeys((*talk.topics, *talk.subjects)))[:2] or ["what you worked on"]
    return [
        f"Go through your notes on {_listed(about)} once more.",
        f"Solve three new problems on {about[0]}.",
        "Write down two questions for your next session.",
    ]


def _listed(names: tuple[str, ...] | list[str]) -> str:
    *first, last = [plain(name, 100) for name in names]
    return f"{', '.join(first)} and {last}" if first else last
