"""Encodes the sound of a whole film once, for all rungs: AAC in fragments of MP4, in step with the pictures."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, NamedTuple, cast

import av

from bellwork.tasks.courses.videos.encoder.facts import SOUND_BITS, Source, Unusable
from bellwork.tasks.courses.videos.encoder.pictures import FRAGMENTS
from bellwork.tasks.courses.videos.encoder.source import decoded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from av import AudioFrame
    from av.container import InputContainer

#: What AAC takes at a time.
_HERTZ, _SAMPLES = 48_000, 1_024


class Form(NamedTuple):
    """How sound is wanted: samples as ffmpeg names them, channels, samples a second, and samples of a frame."""

    format: str
    layout: str
    hertz: int
    samples: int


def encode_sound(container: InputContainer, path: str, source: Source, segment: int) -> float:
    """Write the sound to a path; returns the time at which it ends, in seconds of the film."""
    options = {**FRAGMENTS, "frag_duration": str(segment * 1_000_000)}
    end = 0
    with av.open(path, "w", format="mp4", options=options) as out:
        sound = out.add_stream("aac", rate=_HERTZ, layout="stereo", options={"aac_coder": "fast"})
        sound.bit_rate = SOUND_BITS
        for frame in chain(heard(container, source, Form("fltp", "stereo", _HERTZ, _SAMPLES)), (None,)):
            for packet in sound.encode(frame):
                # The first one prepares the decoder and is not heard; written, it would make all others late.
                if packet.pts is not None and packet.pts >= 0:
                    end = packet.pts + _SAMPLES
                    out.mux(packet)
    if not end:
        raise Unusable("the film's sound cannot be decoded")
    return end / _HERTZ


def heard(container: InputContainer, source: Source, form: Form, at: int = 0) -> Iterator[AudioFrame]:
    """Yield the sound in a form, from sample `at` on, which is counted from the film's first picture.

    What the time stamps leave out is silence, what they have twice is heard once (ffmpeg's aresample with async).
    """
    stream = container.streams.audio[0]
    stream.codec_context.thread_count = 1
    graph: av.filter.Graph | None = None
    shape: object = None
    for frame in decoded(container, stream):
        found = (frame.sample_rate, frame.layout.name, frame.format.name)
        if graph is None or found != shape:  # some films change in their middle
            shape, graph = found, _graph(frame, form, at)
        frame.pts -= round(source.origin / frame.time_base)
        graph.push(frame)
        for part in _pulled(graph):
            at = (part.pts or 0) + part.samples
            yield part
    if graph is not None:
        graph.push(None)
        yield from _pulled(graph)


def _graph(frame: AudioFrame, form: Form, at: int) -> av.filter.Graph:
    graph = av.filter.Graph()
    links = [
        graph.add_abuffer(
            sample_rate=frame.sample_rate, format=frame.format.name, layout=frame.layout.name, time_base=frame.time_base
        ),
        graph.add("aresample", f"{form.hertz}:async=1:first_pts={at}"),
        graph.add("aformat", f"sample_fmts={form.format}:channel_layouts={form.layout}:sample_rates={form.hertz}"),
        graph.add("asetnsamples", f"{form.samples}:p=0"),
        graph.add("abuffersink"),
    ]
    graph.link_nodes(*links).configure()
    return graph


def _pulled(graph: av.filter.Graph) -> Iterator[AudioFrame]:
    while True:
        try:
            yield cast("AudioFrame", graph.pull())
        except (av.BlockingIOError, av.EOFError):
            return
