"""The slides of one script: each drawn once, its points added one after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellwork.tasks.providers.video.slides.content import ContentSlide
from bellwork.tasks.providers.video.slides.opening import OpeningSlide
from bellwork.tasks.providers.video.slides.palette import palette_of

if TYPE_CHECKING:
    from PIL import Image

    from bellwork.tasks.providers.llm.protocol import Script

#: Scenes (counted from 0) that show the figure: the ones that explain.
_EXPLAINING = (1, 2)


class Deck:
    """Draws the pictures of a film in the order of their time, keeping only the last one."""

    def __init__(self, script: Script, figure: Image.Image | None) -> None:
        self._script, self._figure = script, figure
        self._palette = palette_of(script.interest)
        self._scene = -1
        self._slide: OpeningSlide | ContentSlide = OpeningSlide(script, self._palette)
        self._shown = 0

    def picture(self, scene: int, points: int) -> Image.Image:
        """Return the slide of a scene with its first points; the points of one scene are asked for in order."""
        if scene != self._scene:
            self._scene, self._shown = scene, 0
            self._slide = self._draw(scene)
        while self._shown < points:
            self._slide.add_point(self._shown)
            self._shown += 1
        return self._slide.image.copy()

    def _draw(self, scene: int) -> OpeningSlide | ContentSlide:
        if scene == 0:
            return OpeningSlide(self._script, self._palette)
        figure = self._figure if scene in _EXPLAINING else None
        return ContentSlide(self._script, scene, self._palette, figure)
