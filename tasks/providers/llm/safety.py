"""A short list of words that no lesson for pupils may contain, compared as whole words."""

from __future__ import annotations

import re
import unicodedata

_WORDS = """
    asshole bastard bitch bitches bullshit cocaine cunt faggot fuck fucked fucker fucking heroin masturbate motherfucker
    orgasm pimp porn porno pornography prostitute rape rapist shit shitty slut suicide whore
"""
UNSAFE = frozenset(_WORDS.split())
_LETTERS = re.compile(r"[^\W\d_]+")
#: Digits and signs that stand in for letters in words that somebody wants to slip through.
_DISGUISES = str.maketrans("013457@$!", "oieastasi")


def unsafe_word(text: str) -> str | None:
    """Return the first unsafe word of a text, seen through accents and digits in place of letters, or None."""
    bare = "".join(char for char in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(char))
    for seen in (bare, bare.translate(_DISGUISES)):
        for word in _LETTERS.findall(seen):
            if word in UNSAFE:
                return str(word)
    return None
