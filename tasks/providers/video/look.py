"""Looks into a finished film: a picture of it, and what its captions say."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import av

if TYPE_CHECKING:
    from collections.abc import Iterator

_WIDTH, _HEIGHT, _QUALITY = 640, 360, 80
#: A caption's text follows its length in two bytes; of a pause there is the length alone.
_PREFIX = 2


def picture_of(mp4: bytes, at: float) -> bytes:
    """Return the picture that is seen `at` so many seconds, small, as a JPEG."""
    with av.open(io.BytesIO(mp4), "r") as container:
        container.seek(round(at * av.time_base))
        for frame in container.decode(video=0):
            if frame.time >= at:
                break
        small = frame.to_image(width=_WIDTH, height=_HEIGHT)  # type: ignore[no-untyped-call]
    file = io.BytesIO()
    small.save(file, "JPEG", quality=_QUALITY)
    return file.getvalue()


def captions_of(mp4: bytes) -> Iterator[tuple[float, float, str]]:
    """Yield (start, end, text) of each caption of the first track of captions, in seconds and in order."""
    with av.open(io.BytesIO(mp4), "r") as container:
        for packet in container.demux(subtitles=0):
            if packet.pts is None or packet.time_base is None:
                continue
            content = bytes(packet)
            text = content[_PREFIX : _PREFIX + int.from_bytes(content[:_PREFIX], "big")].decode()
            if text:
                start = packet.pts * packet.time_base
                yield float(start), float(start + (packet.duration or 0) * packet.time_base), text
