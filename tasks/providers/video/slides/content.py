"""A slide of the lesson: heading, points that appear one by one, and a sign or a figure beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PIL import Image, ImageDraw

from bellwork.tasks.providers.text import sentences, shorten
from bellwork.tasks.providers.video.protocol import HEIGHT, WIDTH
from bellwork.tasks.providers.video.slides.ground import card, smooth
from bellwork.tasks.providers.video.slides.markers import marker
from bellwork.tasks.providers.video.slides.pictograms import pictogram
from bellwork.tasks.providers.video.slides.type import Block, fit

if TYPE_CHECKING:
    from bellwork.tasks.providers.llm.protocol import Scene, Script
    from bellwork.tasks.providers.video.slides.palette import Palette

_LEFT, _RIGHT = 80, 1200
_POINTS_TOP, _POINTS_BOTTOM = 226, 604
_POINTS_WIDTH, _INDENT, _GAP = 690, 62, 26
_LARGEST, _SMALLEST, _LARGE_ALONE = 34, 20, 46
_SIGN_AT, _SIGN_RADIUS = (1030, 398), 150
_FIGURE = (830, 200, 1200, 596)
_MOST_POINTS = 5


class ContentSlide:
    """Any slide but the first."""

    def __init__(self, script: Script, number: int, palette: Palette, figure: Image.Image | None) -> None:
        self._palette, self._scene = palette, script.scenes[number]
        self.image = Image.new("RGB", (WIDTH, HEIGHT), palette.paper)
        self._ornament()
        self._progress(number, len(script.scenes))
        self._head(script)
        self._side(figure)
        self._blocks = _set(_texts(self._scene))
        if not self._scene.points:
            self.add_point(0)

    def add_point(self, number: int) -> None:
        """Write one point at its place."""
        if number >= len(self._blocks):
            return
        block, top = self._blocks[number]
        if len(self._blocks) == 1:
            self._quote(block, top)
            return
        line = round(block.size * 1.28)
        marker(self.image, (_LEFT + 20, top + line // 2), self._scene.kind, number, self._palette)
        block.draw(ImageDraw.Draw(self.image), (_LEFT + _INDENT, top), self._palette.ink)

    def _quote(self, block: Block, top: int) -> None:
        draw = ImageDraw.Draw(self.image)
        draw.rounded_rectangle((_LEFT, top + 4, _LEFT + 8, top + block.height), 4, fill=self._palette.accent)
        block.draw(draw, (_LEFT + 40, top), self._palette.ink)

    def _ornament(self) -> None:
        with smooth(self.image, (900, 420, WIDTH, HEIGHT)) as (draw, scale):
            draw.ellipse((120 * scale, 90 * scale, 620 * scale, 590 * scale), fill=self._palette.tint)

    def _progress(self, number: int, count: int) -> None:
        gap, top, height = 10, 40, 7
        width = (_RIGHT - _LEFT - gap * (count - 1)) / count
        with smooth(self.image, (_LEFT, top, _RIGHT, top + height)) as (draw, scale):
            for each in range(count):
                left = each * (width + gap) * scale
                color = self._palette.accent if each <= number else self._palette.tint
                box = (left, 0, left + width * scale - 1, height * scale - 1)
                draw.rounded_rectangle(box, height * scale // 2, fill=color)

    def _head(self, script: Script) -> None:
        draw = ImageDraw.Draw(self.image)
        where = f"{script.title}  \u00b7  {script.interest}" if script.interest else script.title
        fit(where, _RIGHT - _LEFT, 28, 20, 14).draw(draw, (_LEFT, 66), self._palette.muted)
        heading = fit(self._scene.heading, _RIGHT - _LEFT, 66, 50, 26)
        heading.draw(draw, (_LEFT, 106 + (66 - heading.height) // 2), self._palette.ink, bold=True)
        draw.rounded_rectangle((_LEFT, 184, _LEFT + 72, 190), 3, fill=self._palette.accent)

    def _side(self, figure: Image.Image | None) -> None:
        if figure is None:
            pictogram(self.image, self._scene.kind, _SIGN_AT, _SIGN_RADIUS, self._palette)
            return
        card(self.image, _FIGURE, self._palette.white)
        left, top, right, bottom = _FIGURE
        shown = figure.copy()
        shown.thumbnail((right - left - 36, bottom - top - 36))
        self.image.paste(shown, ((left + right - shown.width) // 2, (top + bottom - shown.height) // 2))


def _texts(scene: Scene) -> list[str]:
    """Return the points of a scene, or its first sentence where it has none."""
    return list(scene.points[:_MOST_POINTS]) or [shorten(sentences(scene.narration)[0], 24)]


def _set(texts: list[str]) -> list[tuple[Block, int]]:
    """Set all points in one size, and say at which height each of them stands."""
    if len(texts) == 1:
        alone = fit(texts[0], _POINTS_WIDTH - 40, _POINTS_BOTTOM - _POINTS_TOP, _LARGE_ALONE, _SMALLEST)
        return [(alone, _POINTS_TOP + (_POINTS_BOTTOM - _POINTS_TOP - alone.height) // 2)]
    blocks = _largest(texts)
    gap = _gap(blocks)
    tops = [_POINTS_TOP + sum(block.height + gap for block in blocks[:number]) for number in range(len(blocks))]
    return list(zip(blocks, tops, strict=True))


def _largest(texts: list[str]) -> list[Block]:
    """Set the texts in the largest size in which they fit together; in the smallest one each gets an equal share."""
    room = _POINTS_BOTTOM - _POINTS_TOP - _GAP * (len(texts) - 1)
    for size in range(_LARGEST, _SMALLEST, -2):
        blocks = [fit(text, _POINTS_WIDTH - _INDENT, room, size, size) for text in texts]
        if sum(block.height for block in blocks) <= room:
            return blocks
    return [fit(text, _POINTS_WIDTH - _INDENT, room // len(texts), _SMALLEST, _SMALLEST) for text in texts]


def _gap(blocks: list[Block]) -> int:
    free = _POINTS_BOTTOM - _POINTS_TOP - sum(block.height for block in blocks)
    return min(free // max(len(blocks) - 1, 1), 48)
