"""Makes any text one harmless line of words: cleaning twice gives what cleaning once gave."""

from __future__ import annotations

import html
import re
import unicodedata

#: Control, format (zero-width, bidi, tags), surrogate, private and unassigned characters: nothing to read in them.
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
_MOST_MARKS_IN_A_ROW = 3

_LINK = (
    r"(?:https?|ftps?|file|data|javascript|vbscript|mailto|tel|gopher|ldap):\S+|\bwww\.\S+|"
    r"\b\d{1,3}(?:\.\d{1,3}){3}\b\S*|[^\s@]{1,64}@[^\s@]{1,64}\.[^\s@]{1,64}|"
    r"\b[\w-]{1,63}(?:\.[\w-]{1,63}){0,5}\.(?:com|org|net|edu|gov|io|co|info|biz|dev|app|xyz|ru|cn|de|uk|eu)\b(?:[/?:#]\S*)?"
)
_RULES = tuple(
    (re.compile(pattern, re.IGNORECASE | re.DOTALL), instead)
    for pattern, instead in (
        (r"<(script|style|iframe|svg|object)\b.*?</\1\s*>", " "),
        (r"<!--.*?-->", " "),
        (r"</?[a-z!?][^<>]*>", " "),
        (r"!\[[^\]]*\]\([^)]*\)", " "),
        (r"\[([^\]]*)\]\([^)]*\)", r"\1"),
        (r"\{\{[^{}]*\}\}|\{%[^{}]*%\}|[$#]\{[^{}]*\}|%\([^()]*\)[a-z]", " "),
        (r"\\[a-z]+\d*", " "),
        (_LINK, " "),
        (r"-+>|=+>|→", " to "),
        (r"(?<=\d)\s*\*\s*(?=\d)", " times "),
        (r"<", " less than "),
        (r">", " more than "),
        (r"&#?\w{1,31};", " "),
        (r"[{}\[\]\\`*_|~#]", " "),
    )
)


def plain(text: str, limit: int = 4_000) -> str:
    """Return the words of a text on one line of at most `limit` characters.

    Control and invisible characters, tags, Markdown, template code, links and addresses are gone. Work is bounded:
    no more than four times `limit` characters are looked at.
    """
    text = _unescape(_visible(text[: 4 * limit]))
    before = ""
    while text != before:
        before = text
        for pattern, instead in _RULES:
            text = pattern.sub(instead, text)
        text = " ".join(_visible(text).split())
    return _without_leading_marks(text[:limit].rstrip())


def _visible(text: str) -> str:
    shown: list[str] = []
    marks = 0
    for char in unicodedata.normalize("NFC", text):
        kind = unicodedata.category(char)
        marks = marks + 1 if kind in {"Mn", "Me"} else 0
        if char.isspace():
            shown.append(" ")
        elif kind not in _INVISIBLE and marks <= _MOST_MARKS_IN_A_ROW:
            shown.append(char)
    return "".join(shown)


def _unescape(text: str) -> str:
    for _ in range(3):
        text = html.unescape(text)
    return _visible(text)


def _without_leading_marks(text: str) -> str:
    while text and (unicodedata.category(text[0]).startswith("M") or text[0] == " "):
        text = text[1:]
    return text
