"""Takes a finished film apart again, to see what a player would see."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import av

if TYPE_CHECKING:
    from pathlib import Path


@dataclass
class Seen:
    """What is in a film: codecs, seconds, captions (start, end, text), and the times at which the picture changes."""

    codecs: dict[str, str]
    size: tuple[int, int]
    pixels: str
    seconds: dict[str, float]
    captions: list[tuple[float, float, str]]
    changes: list[float]


def watch(path: Path) -> Seen:
    """Decode a film from beginning to end."""
    with av.open(str(path)) as film:
        video, audio = film.streams.video[0], film.streams.audio[0]
        codecs = {str(stream.type): stream.codec_context.name for stream in film.streams}
        size, pixels = (video.width, video.height), str(video.codec_context.pix_fmt)
        seconds = {
            str(stream.type): float(stream.duration * stream.time_base)
            for stream in (video, audio)
            if stream.duration and stream.time_base
        }
    return Seen(codecs, size, pixels, seconds, _captions(path), _changes(path))


def _captions(path: Path) -> list[tuple[float, float, str]]:
    with av.open(str(path)) as film:
        found = []
        for packet in film.demux(film.streams.subtitles[0]):
            text = bytes(packet)[2:].decode()
            if text and packet.pts is not None and packet.duration is not None:
                start = packet.pts * packet.time_base
                found.append((float(start), float(start + packet.duration * packet.time_base), text))
        return found


def _changes(path: Path) -> list[float]:
    """Return the time of every frame whose picture differs clearly from the one before."""
    with av.open(str(path)) as film:
        found: list[float] = []
        before = b""
        for frame in film.decode(film.streams.video[0]):
            thumb = frame.reformat(width=160, height=90, format="gray8")
            now = bytes(thumb.planes[0])
            if before and max(abs(one - other) for one, other in zip(now, before, strict=True)) > 12:
                found.append(float(frame.time or 0.0))
            before = now
        return found
