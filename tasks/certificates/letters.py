"""Makes a foreign text fit for print: what is not seen leaves, what is read stays as it is."""

from __future__ import annotations

import unicodedata

#: Control, format (zero-width, direction, tags), surrogate, private and unassigned characters: nobody sees them.
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
_NON_JOINER, _JOINER = "\N{ZERO WIDTH NON-JOINER}", "\N{ZERO WIDTH JOINER}"
_VIRAMA = 9
_MOST_MARKS_IN_A_ROW = 3


def legible(text: str) -> str:
    """Return a text in NFC, on one line, without characters that cannot be seen; twice gives what once gave.

    Joiners stay where they shape a word: the non-joiner after an Arabic letter, both after a virama (Unicode Standard
    Annex 31, section 2.3). Marks on one letter are three at most. Markup is text and stays.
    """
    kept: list[str] = []
    marks = 0
    for each in unicodedata.normalize("NFC", text):
        kind = unicodedata.category(each)
        marks = marks + 1 if kind in {"Mn", "Me"} else 0
        if each.isspace():
            kept.append(" ")
        elif (kind not in _INVISIBLE and marks <= _MOST_MARKS_IN_A_ROW) or _shapes(each, kept[-1:]):
            kept.append(each)
    line = " ".join("".join(kept).split())
    return unicodedata.normalize("NFC", line.rstrip(_NON_JOINER + _JOINER))


def _shapes(each: str, before: list[str]) -> bool:
    if each not in {_NON_JOINER, _JOINER} or not before:
        return False
    if unicodedata.combining(before[0]) == _VIRAMA:
        return True
    return each == _NON_JOINER and unicodedata.bidirectional(before[0]) == "AL"
