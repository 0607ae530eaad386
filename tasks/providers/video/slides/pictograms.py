"""One sign for each part of a lesson, drawn in a circle of 1,000 units."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from bellwork.tasks.providers.llm.protocol import Kind
from bellwork.tasks.providers.video.slides.ground import smooth

if TYPE_CHECKING:
    from collections.abc import Callable

    from PIL import Image, ImageDraw

    from bellwork.tasks.providers.video.slides.palette import Color, Palette

    Sign = Callable[["Pen"], None]


class Pen:
    """Draws in units of a thousandth of the circle's diameter."""

    def __init__(self, draw: ImageDraw.ImageDraw, size: float, color: Color, ground: Color) -> None:
        self._draw, self._unit, self._color, self._ground = draw, size / 1000, color, ground

    def disc(self, x: float, y: float, radius: float, *, hole: bool = False) -> None:
        """Fill a disc, or cut one out."""
        self._draw.ellipse(self._box(x - radius, y - radius, x + radius, y + radius), fill=self._ink(hole=hole))

    def ring(self, x: float, y: float, radius: float, width: float) -> None:
        """Draw a ring."""
        box = self._box(x - radius, y - radius, x + radius, y + radius)
        self._draw.ellipse(box, outline=self._color, width=round(width * self._unit))

    def shape(self, *points: tuple[float, float], hole: bool = False) -> None:
        """Fill a polygon, or cut one out."""
        self._draw.polygon([(x * self._unit, y * self._unit) for x, y in points], fill=self._ink(hole=hole))

    def line(self, *points: tuple[float, float], width: float = 60, hole: bool = False) -> None:
        """Draw a line with round corners and ends."""
        path = [(x * self._unit, y * self._unit) for x, y in points]
        self._draw.line(path, fill=self._ink(hole=hole), width=round(width * self._unit), joint="curve")
        for x, y in points:
            self.disc(x, y, width / 2, hole=hole)

    def arc(self, box: tuple[float, float, float, float], start: float, end: float, width: float = 60) -> None:
        """Draw a part of an ellipse."""
        self._draw.arc(self._box(*box), start, end, fill=self._color, width=round(width * self._unit))

    def _box(self, *edges: float) -> tuple[float, float, float, float]:
        left, top, right, bottom = (edge * self._unit for edge in edges)
        return left, top, right, bottom

    def _ink(self, *, hole: bool) -> Color:
        return self._ground if hole else self._color


def pictogram(image: Image.Image, kind: Kind, center: tuple[int, int], radius: int, palette: Palette) -> None:
    """Draw the sign of a kind of scene on a tinted disc."""
    x, y = center
    with smooth(image, (x - radius, y - radius, x + radius, y + radius)) as (draw, scale):
        size = 2 * radius * scale
        draw.ellipse((0, 0, size - 1, size - 1), fill=palette.tint)
        _SIGNS[kind](Pen(draw, size, palette.accent, palette.tint))


def _play(pen: Pen) -> None:
    pen.shape((400, 300), (400, 700), (740, 500))


def _book(pen: Pen) -> None:
    pen.shape((230, 330), (480, 390), (480, 710), (230, 650))
    pen.shape((770, 330), (520, 390), (520, 710), (770, 650))
    for at in (430, 510, 590):
        pen.line((280, at - 25), (430, at + 12), width=26, hole=True)
        pen.line((720, at - 25), (570, at + 12), width=26, hole=True)


def _gear(pen: Pen) -> None:
    for tooth in range(8):
        turn = tooth * math.pi / 4
        ends = [(turn + side, reach) for side, reach in ((-0.24, 190), (-0.15, 292), (0.15, 292), (0.24, 190))]
        pen.shape(*((500 + reach * math.cos(angle), 500 + reach * math.sin(angle)) for angle, reach in ends))
    pen.disc(500, 500, 218)
    pen.disc(500, 500, 96, hole=True)


def _lens(pen: Pen) -> None:
    pen.ring(455, 455, 205, 62)
    pen.line((612, 612), (735, 735), width=86)
    pen.arc((345, 345, 565, 565), 190, 260, 30)


def _warning(pen: Pen) -> None:
    pen.line((500, 270), (760, 700), (240, 700), (500, 270), width=70)
    pen.shape((500, 270), (760, 700), (240, 700))
    pen.line((500, 430), (500, 550), width=52, hole=True)
    pen.disc(500, 636, 32, hole=True)


def _question(pen: Pen) -> None:
    pen.arc((360, 235, 640, 515), 180, 90, 76)
    pen.disc(398, 375, 38)
    pen.line((500, 477), (500, 590), width=76)
    pen.disc(500, 715, 48)


def _check(pen: Pen) -> None:
    pen.line((310, 520), (450, 655), (710, 370), width=86)


_SIGNS: dict[Kind, Sign] = {
    Kind.HOOK: _play,
    Kind.MEANING: _book,
    Kind.MECHANISM: _gear,
    Kind.EXAMPLE: _lens,
    Kind.MISTAKE: _warning,
    Kind.CHECK: _question,
    Kind.RECAP: _check,
}
