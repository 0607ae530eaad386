"""Turns changes of the picture into frames: a short fade at each change, then the same picture again and again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bellwork.tasks.providers.video.slides import Deck
    from bellwork.tasks.providers.video.timeline import Change

#: Seconds between two frames of a picture that stands still, and of one that fades in.
_HOLD, _FADE = 0.5, 0.04
#: How much of the new picture is seen in each frame of the fade; the last one is the picture itself.
_STEPS = (0.3, 0.6, 0.85, 1.0)


def frames(changes: list[Change], deck: Deck, duration: float) -> Iterator[tuple[float, Image.Image]]:
    """Yield each frame's time and picture, up to the end of the film; equal pictures are the same object."""
    before: Image.Image | None = None
    ends = [*(change.time for change in changes[1:]), duration]
    for change, end in zip(changes, ends, strict=True):
        picture = deck.picture(change.scene, change.points)
        time = change.time
        for step in _STEPS if before else _STEPS[-1:]:
            if time < end:
                yield time, picture if step == 1 or before is None else Image.blend(before, picture, step)
                time += _FADE
        while time < end - _HOLD / 4:
            yield time, picture
            time += _HOLD
        before = picture
