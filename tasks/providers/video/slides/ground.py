"""What slides stand on: smooth shapes, a gradient, a soft shadow."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw, ImageFilter

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bellwork.tasks.providers.video.slides.palette import Color

_SCALE = 3


@contextmanager
def smooth(image: Image.Image, box: tuple[int, int, int, int]) -> Iterator[tuple[ImageDraw.ImageDraw, int]]:
    """Draw inside a box at three times its size and scale it down: edges come out smooth.

    Yields the drawing, whose origin is the box's corner, and the scale by which to multiply.
    """
    left, top, right, bottom = box
    size = ((right - left) * _SCALE, (bottom - top) * _SCALE)
    large = image.crop(box).resize(size, Image.Resampling.NEAREST)
    yield ImageDraw.Draw(large), _SCALE
    image.paste(large.reduce(_SCALE), box)


def gradient(size: tuple[int, int], start: Color, end: Color) -> Image.Image:
    """Return an image that runs from one color at the upper left to another at the lower right."""
    side = 256
    ramp = Image.linear_gradient("L")
    across = ramp.rotate(90)
    mask = Image.blend(ramp, across, 0.6).resize((side, side)).resize(size, Image.Resampling.BICUBIC)
    return Image.composite(Image.new("RGB", size, end), Image.new("RGB", size, start), mask)


def card(image: Image.Image, box: tuple[int, int, int, int], fill: Color, radius: int = 18) -> None:
    """Lay a rounded card with a soft shadow on the image."""
    left, top, right, bottom = box
    edge = 24
    around = (left - edge, top - edge, right + edge, bottom + edge)
    width, height = around[2] - around[0], around[3] - around[1]
    shadow = Image.new("L", (width, height), 0)
    inner = (edge, edge + 6, width - edge, height - edge + 6)
    ImageDraw.Draw(shadow).rounded_rectangle(inner, radius, fill=56)
    image.paste((40, 44, 60), around[:2], shadow.filter(ImageFilter.GaussianBlur(9)))
    with smooth(image, around) as (draw, scale):
        plate = (edge * scale, edge * scale, (width - edge) * scale, (height - edge) * scale)
        draw.rounded_rectangle(plate, radius * scale, fill=fill)
