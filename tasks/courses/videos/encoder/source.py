"""Opens a film by its bytes alone: no name, no folder, no network; whatever it refers to is not there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import av

from bellwork.tasks.courses.videos.encoder.facts import Unusable

if TYPE_CHECKING:
    import io
    from collections.abc import Iterator
    from fractions import Fraction

    from av.container import InputContainer
    from av.frame import Frame
    from av.stream import Stream

#: What may be opened. Not among them: playlists (hls, dash, concat), which name other files and addresses.
_FORMATS = "mov,matroska,avi,mpegts,mpeg,flv,asf,ogg,mxf,gxf,wtv,ivf,h264,hevc,m4v,dv"
_NO_PROTOCOL = "none"
_BLOCK = 1 << 18


def open_source(file: io.RawIOBase) -> InputContainer:
    """Open a film; raises Unusable where it is none, or one whose parts lie elsewhere."""
    options = {"format_whitelist": _FORMATS, "protocol_whitelist": _NO_PROTOCOL}
    try:
        return av.open(file, "r", options=options, buffer_size=_BLOCK)
    except (av.FFmpegError, ValueError) as rubbish:
        reason = getattr(rubbish, "strerror", None) or rubbish
        raise Unusable(f"the file cannot be read as a film: {reason}") from rubbish


def decoded(container: InputContainer, stream: Stream) -> Iterator[Any]:
    """Yield the frames of a stream from here to its end, each with a time stamp; what is damaged is left out.

    A frame without one, as decoders give at the end of old kinds of files, follows the one before.
    """
    packets = container.demux(stream)
    follows: int | None = None
    while True:
        try:
            frames: list[Any] = list(next(packets).decode())
        except (StopIteration, av.EOFError):
            return
        except av.InvalidDataError:
            continue
        for frame in frames:
            if frame.pts is None:
                frame.pts = follows
            if frame.pts is not None and frame.time_base:
                follows = frame.pts + frame.duration if frame.duration else None
                yield frame


def time_of(frame: Frame) -> Fraction:
    """Return the time of a frame in seconds, exactly."""
    if frame.pts is None or frame.time_base is None:
        raise ValueError("a frame without a time stamp has no time")
    return frame.pts * frame.time_base
