"""Reduces words to stems, so that `forces`, `forced` and `force` compare equal; English, and harmless elsewhere."""

from __future__ import annotations

import re

_WORD = re.compile(r"[^\W_]+")
_SUFFIXES = (
    ("ies", "y", 3),
    ("sses", "ss", 2),
    ("ing", "", 3),
    ("ed", "", 3),
    ("ly", "", 4),
    ("s", "", 3),
    ("e", "", 3),
)
_VOWEL = re.compile("[aeiouy]")
_ORDINALS = {"1st": "first", "2nd": "second", "3rd": "third", "4th": "fourth", "5th": "fifth"}
_KEEP_S = ("ss", "us", "is")

#: Words that carry no topic: grammar, and what pupils say around a question.
_LITTLE_WORDS = """
    a about above after again all also am an and any are as at be because been before being below between both but by
    can could did do does doing done down each else ever every example explain explained explains few for from get give
    gives go had has have having he help helps her here hers him his how i if in into is it its itself just kind know
    learn learning lesson let like make makes many me mean means more most much my need no nor not now of off on once
    one only or other our out over own please really same she should show so some something still study such teach tell
    than that the their them then there these they thing things this those through to too topic tutorial under
    understand until up us use used using very video want was way we were what when where which while who whom why will
    with work works would yet you your yours s t d ll re ve m
"""
STOPWORDS = frozenset(_LITTLE_WORDS.split())


def stem(word: str) -> str:
    """Reduce one word: `laws` and `law`, `moving` and `move` become the same."""
    word = word.casefold()
    for suffix, instead, keep in _SUFFIXES:
        if suffix == "s" and word.endswith(_KEEP_S):
            continue
        rest = word.removesuffix(suffix)
        if rest != word and len(rest) >= keep and (suffix not in {"ing", "ed"} or _VOWEL.search(rest[:-1])):
            word = rest + instead
    return word


def stems(text: str) -> list[str]:
    """List the stems of all words of a text, in order."""
    return [stem(word) for word in _WORD.findall(text.replace("'s", "").replace("\u2019s", ""))]


def content_stems(text: str) -> list[str]:
    """List the stems of the words that carry a topic, in order and without repeats."""
    words = _WORD.findall(text.casefold().replace("'s", "").replace("\u2019s", ""))
    return list(dict.fromkeys(stem(_ORDINALS.get(word, word)) for word in words if word not in STOPWORDS))
