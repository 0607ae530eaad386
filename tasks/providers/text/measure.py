"""Measures text as it will be spoken: sentences, words, seconds."""

from __future__ import annotations

import re

#: The pace that lengths are estimated with, before anybody has spoken.
WORDS_A_MINUTE = 150
_LONG_WORD = 12
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_WORD = re.compile(r"\w+(?:['\u2019.,]\w+)*")
_SENTENCE_END = re.compile(r"[.!?\u2026\u3002\uff01\uff1f]+[\"'\u201d\u2019)]*(?=\s|$)|[\u3002\uff01\uff1f]")
_NO_END = re.compile(r"(?:\b(?:e\.g|i\.e|etc|vs|cf|approx|no|fig|mr|mrs|ms|dr|prof|st)|\b[a-z])\.$", re.IGNORECASE)


def spoken_words(text: str) -> float:
    """Count words as a voice meets them: a very long word counts more than once, two unspaced characters count one."""
    unspaced = len(_UNSPACED.findall(text))
    words = _WORD.findall(_UNSPACED.sub(" ", text))
    return unspaced / 2 + sum(-(-len(word) // _LONG_WORD) for word in words)


def seconds_to_say(text: str) -> float:
    """Estimate the seconds of speech in a text, at 150 words a minute."""
    return spoken_words(text) * 60 / WORDS_A_MINUTE


def sentences(text: str) -> list[str]:
    """Split a line of text at the ends of its sentences; what has no end mark is one sentence."""
    found: list[str] = []
    start = 0
    for end in _SENTENCE_END.finditer(text):
        candidate = text[start : end.end()].strip()
        if candidate and not _NO_END.search(candidate):
            found.append(candidate)
            start = end.end()
    rest = text[start:].strip()
    return [*found, rest] if rest else found


def shorten(text: str, words: int, word_length: int = 30) -> str:
    """Keep the first words of a text, each of bounded length, without a dangling comma or colon."""
    kept = [word[:word_length] for word in text.split()[:words]]
    return " ".join(kept).rstrip(" ,;:-\u2013\u2014(")
