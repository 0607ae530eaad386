"""The small signs before points: a number, or right and wrong where a slide sets one against the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PIL import ImageDraw

from bellwork.tasks.providers.llm.protocol import Kind
from bellwork.tasks.providers.video.slides.ground import smooth
from bellwork.tasks.providers.video.slides.type import fit

if TYPE_CHECKING:
    from PIL import Image

    from bellwork.tasks.providers.video.slides.palette import Color, Palette

_RADIUS = 19


def marker(image: Image.Image, center: tuple[int, int], kind: Kind, number: int, palette: Palette) -> None:
    """Draw the sign of point `number` (from 0) of a scene."""
    match kind, number:
        case Kind.MISTAKE, 0:
            _cross(image, center, palette.wrong, palette.white)
        case ((Kind.MISTAKE | Kind.CHECK), 1):
            _tick(image, center, palette.right, palette.white)
        case Kind.CHECK, 0:
            _letter(image, center, "?", palette)
        case _:
            _letter(image, center, str(number + 1), palette)


def _cross(image: Image.Image, center: tuple[int, int], disc: Color, ink: Color) -> None:
    _strokes(image, center, disc, ink, (((12, 12), (26, 26)), ((26, 12), (12, 26))))


def _tick(image: Image.Image, center: tuple[int, int], disc: Color, ink: Color) -> None:
    _strokes(image, center, disc, ink, (((10, 20), (17, 27)), ((17, 27), (28, 13))))


def _strokes(
    image: Image.Image,
    center: tuple[int, int],
    disc: Color,
    ink: Color,
    strokes: tuple[tuple[tuple[int, int], tuple[int, int]], ...],
) -> None:
    with smooth(image, _box(center)) as (draw, scale):
        draw.ellipse((0, 0, 2 * _RADIUS * scale - 1, 2 * _RADIUS * scale - 1), fill=disc)
        for start, end in strokes:
            path = [(x * scale, y * scale) for x, y in (start, end)]
            draw.line(path, fill=ink, width=4 * scale)


def _letter(image: Image.Image, center: tuple[int, int], letter: str, palette: Palette) -> None:
    with smooth(image, _box(center)) as (draw, scale):
        draw.ellipse((0, 0, 2 * _RADIUS * scale - 1, 2 * _RADIUS * scale - 1), fill=palette.accent)
    face = fit(letter, 40, 40, 22, 22).face
    ImageDraw.Draw(image).text(center, letter, font=face, fill=palette.white, anchor="mm", stroke_width=0.4)


def _box(center: tuple[int, int]) -> tuple[int, int, int, int]:
    x, y = center
    return x - _RADIUS, y - _RADIUS, x + _RADIUS, y + _RADIUS
