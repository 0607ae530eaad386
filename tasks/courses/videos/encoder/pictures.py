"""Encodes one stretch of a film in its rungs: H.264 in fragments of MP4, each a segment, on the film's own clock."""

from __future__ import annotations

from contextlib import ExitStack
from fractions import Fraction
from itertools import chain
from typing import TYPE_CHECKING, Any

import av
from av.video.frame import PictureType

from bellwork.tasks.courses.videos.encoder.facts import Rung, Source, Unusable, size_of
from bellwork.tasks.courses.videos.encoder.probe import picture_stream
from bellwork.tasks.courses.videos.encoder.source import decoded, time_of
from bellwork.tasks.courses.videos.encoder.steady import Shot, Span, steady

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from av import VideoFrame
    from av.container import InputContainer, OutputContainer
    from av.video.stream import VideoStream

#: Ticks a second: what all usual rates divide.
CLOCK = 90_000
#: Fragments begin at key frames and keep the film's time; there is no index at the end, the playlist is one.
FRAGMENTS = {
    "movflags": "+empty_moov+default_base_moof+frag_discont+skip_trailer",
    "use_editlist": "0",
    "avoid_negative_ts": "disabled",  # without it each part would begin at zero
}
#: Key frames stand where segments begin and nowhere else. Without frames that refer forward (bframes=0) the pictures
#: are written in the order in which they are seen, so parts that were made by different workers join without a gap.
_X264 = "keyint=infinite:scenecut=0:bframes=0:force-cfr=0"
#: How far back a seek goes, in seconds, where the one before did not lead to a frame that stands at the part's start.
_BACK = (0, 10, 60)


def encode_pictures(container: InputContainer, source: Source, span: Span, wanted: Sequence[tuple[str, Rung]]) -> float:
    """Write a stretch in each of the rungs to its path; returns the time at which it ends, in seconds of the film.

    Each frame is decoded once, and then scaled and encoded for one rung after the other, on one thread.
    """
    stream = picture_stream(container)
    shots = steady(_from(container, stream, source, span), span)
    first = next(shots, None)
    if first is None:
        raise Unusable(f"there is no picture between {float(span.start):g} and {float(span.end):g} s")
    options = {**FRAGMENTS, "movflags": f"{FRAGMENTS['movflags']}+frag_keyframe"}
    with ExitStack() as opened:
        rungs = [
            _Written(opened.enter_context(av.open(path, "w", format="mp4", options=options)), source, rung, first.frame)
            for path, rung in wanted
        ]
        end = Fraction(0)
        for shot in chain((first,), shots):
            for rung in rungs:
                rung.add(shot)
            end = shot.time + shot.seconds
        for rung in rungs:
            rung.end()
    return float(end)


class _Written:
    """One rung of a stretch, which is written frame by frame; its colours are those of the film's first frame."""

    def __init__(self, out: OutputContainer, source: Source, rung: Rung, first: VideoFrame) -> None:
        picture = out.add_stream("libx264", rate=source.rate, options=_options(rung))
        picture.width, picture.height = size_of(source, rung)
        picture.pix_fmt, picture.time_base = "yuv420p", Fraction(1, CLOCK)
        picture.codec_context.time_base = Fraction(1, CLOCK)
        picture.codec_context.thread_count = 1
        for name in ("colorspace", "color_primaries", "color_trc"):
            setattr(picture.codec_context, name, getattr(first, name))
        self._out, self._picture, self._scaled = out, picture, _Scaled(picture.width, picture.height)

    def add(self, shot: Shot[VideoFrame]) -> None:
        self._out.mux(self._picture.encode(_ready(self._scaled(shot.frame), shot)))

    def end(self) -> None:
        self._out.mux(self._picture.encode(None))


def _options(rung: Rung) -> dict[str, str]:
    bits = {"maxrate": str(rung.most_bits), "bufsize": str(2 * rung.most_bits)}
    return {"preset": "veryfast", "crf": "23", "forced-idr": "1", "x264-params": _X264, **bits}


def _ready(frame: VideoFrame, shot: Shot[Any]) -> VideoFrame:
    frame.pts, frame.time_base = round(shot.time * CLOCK), Fraction(1, CLOCK)
    frame.duration = max(1, round((shot.time + shot.seconds) * CLOCK) - frame.pts)
    frame.pict_type = PictureType.I if shot.begins else PictureType.NONE
    return frame


def _from(
    container: InputContainer, stream: VideoStream, source: Source, span: Span
) -> Iterator[tuple[Fraction, VideoFrame]]:
    """Yield (time, frame) from one that stands at the part's start on, whatever the file's index is worth."""
    for back in _BACK:
        at = span.start - back
        if at <= 0:
            break
        container.seek(int((at + source.origin) * av.time_base))
        frames = decoded(container, stream)
        first = next(frames, None)
        if first is not None and time_of(first) - source.origin <= span.start:
            yield from _timed(chain((first,), frames), source)
            return
    container.seek(0 if source.origin > 0 else int(source.origin * av.time_base))
    yield from _timed(decoded(container, stream), source)


def _timed(frames: Any, source: Source) -> Iterator[tuple[Fraction, VideoFrame]]:
    for frame in frames:
        yield time_of(frame) - source.origin, frame


class _Scaled:
    """Turns a frame upright and scales it; the graph is made anew where the film changes its size in its middle."""

    def __init__(self, width: int, height: int) -> None:
        self._width, self._height = width, height
        self._shape: object = None

    def __call__(self, frame: VideoFrame) -> VideoFrame:
        shape = (frame.width, frame.height, frame.format.name, frame.rotation)
        if shape != self._shape:
            self._shape, self._graph = shape, self._new(frame)
        self._graph.vpush(frame)
        return self._graph.vpull()

    def _new(self, frame: VideoFrame) -> av.filter.Graph:
        graph = av.filter.Graph()
        graph.threads = 1  # as all of the encoder: a job is one thread of one core
        turns = {90: ["cclock"], 270: ["clock"], 180: ["clock", "clock"]}.get(round(frame.rotation) % 360, [])
        links = [
            graph.add_buffer(width=frame.width, height=frame.height, format=frame.format, time_base=Fraction(1, CLOCK)),
            *(graph.add("transpose", turn) for turn in turns),
            graph.add("scale", f"{self._width}:{self._height}:flags=bicubic:out_range=tv"),
            graph.add("setsar", "1"),
            graph.add("format", "yuv420p"),
            graph.add("buffersink"),
        ]
        graph.link_nodes(*links).configure()
        return graph
