"""Measures a film, packet by packet: what its head says of length and pictures may be wrong, or not there."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

import av
from av.stream import Disposition

from bellwork.tasks.courses.videos.encoder.facts import LARGEST, LONGEST, Source, Unusable
from bellwork.tasks.courses.videos.encoder.source import time_of

if TYPE_CHECKING:
    from av import VideoFrame
    from av.container import InputContainer
    from av.video.stream import VideoStream

#: Pictures a second where the file does not say, and the most that are believed.
_USUAL, _FASTEST = Fraction(25), Fraction(120)
#: Formats without a container: their pictures follow each other, at no time that anybody wrote down.
_BARE = frozenset({"h264", "hevc", "m4v"})


def probe(container: InputContainer) -> Source:
    """Return what a film is; raises Unusable for what has no picture, is too long, too large or broken."""
    stream = picture_stream(container)
    _check_size(stream.codec_context.width, stream.codec_context.height)
    sound = container.streams.audio[:1]
    first, end = _scan(container, stream)
    if first is None:
        raise Unusable(_no_picture(container))
    _check_size(first.width, first.height)
    origin = time_of(first)
    end = max(end, origin + 1 / _rate(stream))
    width, height = _seen(stream, first)
    return Source(
        width=width,
        height=height,
        seconds=end - origin,
        origin=origin,
        rate=_rate(stream),
        has_sound=bool(sound),
        has_captions=bool(container.streams.subtitles),
    )


def picture_stream(container: InputContainer) -> VideoStream:
    """Return the stream of the moving picture; the cover of a piece of music is none."""
    for stream in container.streams.video:
        if not stream.disposition & (Disposition.attached_pic | Disposition.timed_thumbnails):
            if not stream.codec_context.is_open:
                stream.thread_type, stream.codec_context.thread_count = "NONE", 1
            return stream
    raise Unusable("the file has no moving picture")


def _scan(container: InputContainer, stream: VideoStream) -> tuple[VideoFrame | None, Fraction]:
    """Return the first picture, and when the last picture or sound ends; raises Unusable where that is too late."""
    first: VideoFrame | None = None
    earliest: Fraction | None = None
    end = Fraction(0)
    shown = {stream.index: 1 / _rate(stream)}
    packets = container.demux(stream, *container.streams.audio[:1])
    while True:
        try:
            packet = next(packets)
        except (StopIteration, av.EOFError, av.InvalidDataError):
            return first, end
        if packet.stream is stream and first is None:
            first = _first_of(packet)
        if packet.pts is None or packet.time_base is None:
            continue
        begins = packet.pts * packet.time_base
        earliest = begins if earliest is None else min(earliest, begins)
        lasts = packet.duration * packet.time_base if packet.duration else shown.get(packet.stream_index, Fraction(0))
        end = max(end, begins + lasts)
        if end - earliest > LONGEST:
            raise Unusable(f"the film lasts more than {LONGEST // 3600} hours, which is the most")


def _first_of(packet: Any) -> VideoFrame | None:
    try:
        frames = packet.decode()
    except (av.InvalidDataError, av.EOFError):
        return None
    return next((frame for frame in frames if frame.pts is not None), None)


def _no_picture(container: InputContainer) -> str:
    if container.format.name in _BARE:
        return (
            f"the file is a bare stream of pictures ({container.format.name}), which have no times; put it into a"
            " container, such as MP4 or Matroska"
        )
    return "the film has no picture that can be decoded: 0 frames"


def _check_size(width: int, height: int) -> None:
    if max(width, height) > LARGEST:
        raise Unusable(f"the picture has {width} x {height} pixels; a side may have {LARGEST}")


def _seen(stream: VideoStream, frame: VideoFrame) -> tuple[int, int]:
    """Return the size that is seen: pixels made square, and the picture turned as its file asks."""
    shape = stream.sample_aspect_ratio or Fraction(1)
    width, height = round(frame.width * shape), frame.height
    if not 1 <= width <= LARGEST:
        raise Unusable(f"the picture has pixels of the shape {shape}, which makes it {width} wide")
    return (height, width) if frame.rotation % 180 else (width, height)


def _rate(stream: VideoStream) -> Fraction:
    rate = stream.average_rate or stream.guessed_rate or _USUAL
    return rate if 1 <= rate <= _FASTEST else _USUAL
