"""Encodes a film: slides, voice and captions are written side by side, in the order of their time."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import av

from bellwork.tasks.providers.video.captions import caption
from bellwork.tasks.providers.video.frames import frames
from bellwork.tasks.providers.video.slides import Deck
from bellwork.tasks.providers.video.timeline import changes
from bellwork.tasks.providers.video.tracks import CaptionTrack, PictureTrack, VoiceTrack

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from PIL.Image import Image

    from bellwork.tasks.providers.llm.protocol import Script
    from bellwork.tasks.providers.speech.protocol import Narration

#: The clock of pictures and captions: a slide changes within a millisecond of its voice.
CLOCK = Fraction(1, 1000)


def write(
    script: Script, narration: Narration, path: Path, figure: Image | None, progress: Callable[[float], None]
) -> None:
    """Write the film to a path; the index comes first, so that it plays while it loads."""
    captions = caption(script, narration)
    deck = Deck(script, figure)
    with av.open(str(path), "w", format="mp4", options={"movflags": "+faststart"}) as container:
        picture, voice = PictureTrack(container, CLOCK), VoiceTrack(container, narration)
        subtitles = CaptionTrack(container, captions, CLOCK)
        told = 0
        for time, image in frames(changes(script, narration, captions), deck, narration.duration):
            picture.show(time, image)
            voice.play(until=time)
            subtitles.write(until=time)
            if int(time) > told:
                told = int(time)
                progress(min(time / narration.duration, 1.0))
        picture.close()
        voice.play(until=narration.duration + 1)
        voice.close()
        subtitles.write(until=narration.duration + 1)
    progress(1.0)
