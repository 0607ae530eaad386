"""Letters: which face can show a text, what replaces a sign that none can, and text fitted into a box."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from PIL import ImageFont

if TYPE_CHECKING:
    from PIL import ImageDraw

    from bellwork.tasks.providers.video.slides.palette import Color

#: Asked, in this order, where Pillow's own face lacks a letter; each is only used where the machine has it.
_OTHERS = ("DejaVuSans.ttf", "NotoSans-Regular.ttf", "LiberationSans-Regular.ttf", "Arial.ttf", "Arial Unicode.ttf")
_MISSING = "\U0010fffe"
_PLAIN = {"\u2013": "-", "\u2014": "-", "\u2010": "-", "\u2011": "-", "\u2212": "-", "\u00d7": "x", "\u2022": "-"}
_LEADING = 1.28
_MOST_CHARACTERS = 600
_SMALLEST_STEP = 2


@dataclass(frozen=True)
class Block:
    """Lines of one size that fit their box; `height` in pixels."""

    lines: tuple[str, ...]
    face: ImageFont.FreeTypeFont
    size: int

    @property
    def height(self) -> int:
        """Return the height of all lines."""
        return round(len(self.lines) * self.size * _LEADING)

    def draw(self, draw: ImageDraw.ImageDraw, at: tuple[int, int], color: Color, *, bold: bool = False) -> None:
        """Write the lines below each other, beginning at the upper left."""
        x, y = at
        for number, line in enumerate(self.lines):
            place = (x, y + round(number * self.size * _LEADING))
            draw.text(place, line, font=self.face, fill=color, stroke_width=_weight(self.size) if bold else 0)


def fit(text: str, width: int, height: int, largest: int, smallest: int) -> Block:
    """Set a text as large as its box allows; where even the smallest size does not fit, it ends in dots."""
    shown, path = _showable(text[:_MOST_CHARACTERS])
    for size in range(largest, smallest - 1, -_SMALLEST_STEP):
        block = Block(_wrap(shown, _face(path, size), width), _face(path, size), size)
        if block.height <= height and not _breaks_a_word(shown, block, width):
            return block
    lines = _wrap(shown, _face(path, smallest), width)
    room = max(1, int(height / (smallest * _LEADING)))
    return Block(_cut(lines, room), _face(path, smallest), smallest)


def _weight(size: int) -> float:
    return max(0.5, size / 64)


def _breaks_a_word(text: str, block: Block, width: int) -> bool:
    return any(block.face.getlength(word) > width for word in text.split())


def _wrap(text: str, face: ImageFont.FreeTypeFont, width: int) -> tuple[str, ...]:
    lines = [""]
    for piece in (piece for word in text.split() for piece in _pieces(word, face, width)):
        longer = f"{lines[-1]} {piece}".strip()
        if face.getlength(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(piece)
    return tuple(lines)


def _pieces(word: str, face: ImageFont.FreeTypeFont, width: int) -> list[str]:
    """Cut a word that is wider than the box."""
    if face.getlength(word) <= width:
        return [word]
    pieces = [""]
    for char in word:
        if face.getlength(pieces[-1] + char) > width and pieces[-1]:
            pieces.append("")
        pieces[-1] += char
    return pieces


def _cut(lines: tuple[str, ...], room: int) -> tuple[str, ...]:
    if len(lines) <= room:
        return lines
    last = lines[room - 1].rsplit(" ", 1)[0].rstrip(" ,;:")
    return (*lines[: room - 1], f"{last} ...")


@lru_cache(maxsize=512)
def _showable(text: str) -> tuple[str, str | None]:
    """Return the text as it can be shown, and the face that can show it (None is Pillow's own)."""
    paths = [None, *(path for path in _OTHERS if _installed(path))]
    for path in paths:
        if all(_has(path, char) for char in text):
            return text, path
    best = max(paths, key=lambda path: sum(_has(path, char) for char in text))
    return "".join(_replaced(best, char) for char in text), best


def _replaced(path: str | None, char: str) -> str:
    if _has(path, char):
        return char
    candidates = (_PLAIN.get(char, ""), unicodedata.normalize("NFKD", char), _letter_name(char))
    for candidate in candidates:
        kept = "".join(each for each in candidate if _has(path, each) and not unicodedata.combining(each))
        if kept:
            return kept
    return "?"


def _letter_name(char: str) -> str:
    name = unicodedata.name(char, "")
    return f" {name.rsplit(' ', 1)[-1].lower()} " if name.startswith("GREEK") else ""


@lru_cache(maxsize=8_192)
def _has(path: str | None, char: str) -> bool:
    if char.isspace():
        return True
    face = _face(path, 24)
    return bytes(face.getmask(char)) != bytes(face.getmask(_MISSING))


@lru_cache(maxsize=128)
def _face(path: str | None, size: int) -> ImageFont.FreeTypeFont:
    face = ImageFont.truetype(path, size) if path else ImageFont.load_default(size)
    if not isinstance(face, ImageFont.FreeTypeFont):
        raise TypeError("Pillow was built without FreeType, so it cannot set text in sizes")
    return face


@lru_cache(maxsize=16)
def _installed(path: str) -> bool:
    try:
        ImageFont.truetype(path, 24)
    except OSError:
        return False
    return True
