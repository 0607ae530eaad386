"""The first slide: the lesson's name on its own colors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PIL import Image, ImageDraw

from bellwork.tasks.providers.video.protocol import HEIGHT, WIDTH
from bellwork.tasks.providers.video.slides.ground import gradient, smooth
from bellwork.tasks.providers.video.slides.type import fit

if TYPE_CHECKING:
    from bellwork.tasks.providers.llm.protocol import Script
    from bellwork.tasks.providers.video.slides.palette import Palette

_LEFT, _WIDTH = 96, 940
_TITLE_BOTTOM = 430
_CHIP_TOP, _CHIP_HEIGHT, _CHIP_GAP = 520, 60, 20
_MOST_CHIPS = 3


class OpeningSlide:
    """The title on a gradient, with the interest below it and what is coming as a row of chips."""

    def __init__(self, script: Script, palette: Palette) -> None:
        self._palette = palette
        self._chips = script.scenes[0].points[:_MOST_CHIPS]
        self._next_chip = _LEFT
        self.image = gradient((WIDTH, HEIGHT), palette.accent, palette.deep)
        self._circles()
        self._title(script)

    def add_point(self, number: int) -> None:
        """Add a point as a chip, as far as there is room for it."""
        if number >= len(self._chips):
            return
        text = fit(self._chips[number], 290, _CHIP_HEIGHT - 14, 24, 16)
        width = round(max(text.face.getlength(line) for line in text.lines)) + 56
        if self._next_chip + width > WIDTH - _LEFT // 2:
            return
        box = (self._next_chip, _CHIP_TOP, self._next_chip + width, _CHIP_TOP + _CHIP_HEIGHT)
        with smooth(self.image, box) as (draw, scale):
            plate = (0, 0, width * scale - 1, _CHIP_HEIGHT * scale - 1)
            draw.rounded_rectangle(plate, _CHIP_HEIGHT * scale // 2, fill=self._palette.white)
        top = _CHIP_TOP + (_CHIP_HEIGHT - text.height) // 2
        text.draw(ImageDraw.Draw(self.image), (self._next_chip + 28, top), self._palette.deep)
        self._next_chip += width + _CHIP_GAP

    def _circles(self) -> None:
        veil = Image.new("L", (WIDTH, HEIGHT), 0)
        for x, y, radius, strength in ((1130, 120, 300, 26), (1220, 560, 190, 34), (960, 690, 120, 22)):
            with smooth(veil, (0, 0, WIDTH, HEIGHT)) as (draw, scale):
                box = tuple(edge * scale for edge in (x - radius, y - radius, x + radius, y + radius))
                draw.ellipse((box[0], box[1], box[2], box[3]), fill=strength)
        self.image.paste(self._palette.bright, (0, 0), veil)

    def _title(self, script: Script) -> None:
        title = fit(script.title, _WIDTH, 290, 84, 34)
        top = (_TITLE_BOTTOM + 60 - title.height) // 2 + 20
        draw = ImageDraw.Draw(self.image)
        draw.rounded_rectangle((_LEFT, top - 44, _LEFT + 88, top - 36), 4, fill=self._palette.bright)
        title.draw(draw, (_LEFT, top), self._palette.white, bold=True)
        told = f"A lesson told with {script.interest}" if script.interest else "A short lesson"
        below = fit(told, _WIDTH, 44, 30, 20)
        below.draw(draw, (_LEFT, top + title.height + 26), self._palette.tint)
