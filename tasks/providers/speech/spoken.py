"""Makes a text speakable: markup is spoken as nothing, signs as the words they stand for."""

from __future__ import annotations

from bellwork.tasks.providers.errors import ProviderRefused
from bellwork.tasks.providers.text import plain

#: No more is spoken at once; a scene has at most 2,400 characters.
LONGEST = 10_000
_SIGNS = {
    "\u00b2": " squared ",
    "\u00b3": " cubed ",
    "\u00d7": " times ",
    "\u00f7": " divided by ",
    "\u2212": " minus ",
    "\u2264": " at most ",
    "\u2265": " at least ",
    "\u2260": " is not equal to ",
    "\u2248": " is about ",
    "\u221a": " the square root of ",
    "\u03c0": " pi ",
    "\u00b0": " degrees ",
    "^": " to the power of ",
    "=": " equals ",
    "\u2013": ", ",
    "\u2014": ", ",
}
_WORDS = str.maketrans(_SIGNS)


def spoken(text: str) -> str:
    """Return the text as it is to be spoken; raises ProviderRefused where nothing or far too much is left of it."""
    if len(text) > LONGEST:
        raise ProviderRefused(f"asked to speak {len(text)} characters at once; at most {LONGEST} are spoken")
    words = " ".join(plain(text, LONGEST).translate(_WORDS).split()).replace(" ,", ",")
    if not any(char.isalnum() for char in words):
        raise ProviderRefused(f"asked to speak {text[:40]!r}, which has no words in it")
    return words
