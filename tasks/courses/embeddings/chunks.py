"""Cuts a text into pieces that are embedded one by one: whole sentences, as many as fit."""

from __future__ import annotations

import re

#: Characters of a piece: a paragraph or two, some 200 words, of which an embedding still says what they are about.
LONGEST = 1_200
_SENTENCE = re.compile(r"(?<=[.!?…。])\s+|\n\s*\n")


def chunks_of(text: str, longest: int = LONGEST) -> list[str]:
    """Return the pieces of a text, in order, none longer than `longest` characters, none empty.

    A sentence that is longer is cut between words, a word between letters; white space is one blank.
    """
    pieces: list[str] = []
    for sentence in _SENTENCE.split(text):
        for part in _parts(" ".join(sentence.split()), longest):
            if pieces and len(pieces[-1]) + 1 + len(part) <= longest:
                pieces[-1] = f"{pieces[-1]} {part}"
            else:
                pieces.append(part)
    return pieces


def _parts(sentence: str, longest: int) -> list[str]:
    parts: list[str] = []
    while len(sentence) > longest:
        end = sentence.rfind(" ", 1, longest + 1)
        end = end if end > 0 else longest
        parts.append(sentence[:end].rstrip())
        sentence = sentence[end:].lstrip()
    return [*parts, sentence] if sentence else parts
