"""Takes a picture of a film: early, where it shows something."""

from __future__ import annotations

from fractions import Fraction
from itertools import islice
from typing import TYPE_CHECKING

import av

from bellwork.tasks.courses.videos.encoder.facts import Unusable
from bellwork.tasks.courses.videos.encoder.probe import picture_stream
from bellwork.tasks.courses.videos.encoder.source import decoded

if TYPE_CHECKING:
    from av import VideoFrame
    from av.container import InputContainer
    from PIL.Image import Image

    from bellwork.tasks.courses.videos.encoder.facts import Source

_WIDTH, _QUALITY = 640, 82
#: Where it is looked for, as shares of the film; the picture with the most different greys is taken: black has one.
#: Of a film that is damaged the first picture may be the only one.
_PLACES = (Fraction(1, 20), Fraction(1, 10), Fraction(1, 4), Fraction(1, 2), Fraction(0))


def write_thumbnail(container: InputContainer, path: str, source: Source) -> None:
    """Write a JPEG of at most 640 pixels a side to a path; raises Unusable where no picture is found."""
    stream = picture_stream(container)
    pictures = [_at(container, stream, source, source.seconds * place) for place in _PLACES]
    best = max((each for each in pictures if each is not None), key=_variety, default=None)
    if best is None:
        raise Unusable("the film has a picture at its beginning alone, and cannot be read from there again")
    best.save(path, "JPEG", quality=_QUALITY)


def _at(container: InputContainer, stream: av.video.stream.VideoStream, source: Source, at: Fraction) -> Image | None:
    container.seek(int((at + source.origin) * av.time_base))
    frame = next(islice(decoded(container, stream), 1), None)
    return None if frame is None else _small(frame, source)


def _small(frame: VideoFrame, source: Source) -> Image:
    image: Image = frame.to_image()  # type: ignore[no-untyped-call]
    if frame.rotation:
        image = image.rotate(frame.rotation, expand=True)
    scale = min(1.0, _WIDTH / max(source.width, source.height))
    return image.resize((max(1, round(source.width * scale)), max(1, round(source.height * scale))))


def _variety(image: Image) -> float:
    return image.convert("L").entropy()
