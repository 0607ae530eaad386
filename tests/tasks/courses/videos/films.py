"""Makes films of a few seconds whose every frame and sound is known, and plays what became of them."""

from __future__ import annotations

import math
from array import array
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import av
from av.subtitles.subtitle import SubtitleSet
from PIL import Image, ImageDraw

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

HERTZ = 44_100
_STYLE = b"[Script Info]\nScriptType: v4.00+\n\n[V4+ Styles]\nFormat: Name\nStyle: Default\n\n[Events]\nFormat: Text\n"


@dataclass(frozen=True)
class Order:
    """A film that is wanted: frames at these times (seconds), a tone from one time to another, captions, a size."""

    times: tuple[float, ...]
    width: int = 128
    height: int = 72
    tone: tuple[float, float] | None = None
    captions: tuple[tuple[float, float, str], ...] = ()
    codec: str = "libx264"
    options: dict[str, str] = field(default_factory=lambda: {"preset": "ultrafast", "g": "30", "bf": "2"})


def steady_times(seconds: float, rate: int = 25) -> tuple[float, ...]:
    """Return the times of a film of a constant rate."""
    return tuple(number / rate for number in range(round(seconds * rate)))


def make(path: Path, order: Order, form: str | None = None) -> Path:
    """Write a film; its pictures count from black to white, and a bar moves through them."""
    clock = Fraction(1, 1000)
    with av.open(str(path), "w", format=form) as out:
        picture: Any = out.add_stream(order.codec, rate=25, options=order.options)
        picture.width, picture.height = order.width, order.height
        picture.pix_fmt = "yuvj420p" if order.codec == "mjpeg" else "yuv420p"
        picture.codec_context.time_base = clock
        sound: Any = out.add_stream("aac", rate=HERTZ, layout="mono") if order.tone else None
        captions: Any = out.add_stream("mov_text") if order.captions else None
        if captions:
            captions.codec_context.subtitle_header = _STYLE
        ends = (*order.times[1:], order.times[-1] + 0.04)
        for number, (time, end) in enumerate(zip(order.times, ends, strict=True)):
            frame = _frame(number, order).reformat(format=picture.pix_fmt)
            frame.pts, frame.time_base = round(time / clock), clock
            frame.duration = round(end / clock) - frame.pts
            out.mux(picture.encode(frame))
        out.mux(picture.encode(None))
        if sound and order.tone:
            for heard in _tone(*order.tone):
                out.mux(sound.encode(heard))
            out.mux(sound.encode(None))
        for start, end, text in order.captions:
            out.mux(_caption(captions, clock, start, end, text))
    return path


def play(playlist: Path, kind: str = "video") -> list[Any]:
    """Return every frame of a ladder, decoded as a player decodes it."""
    with av.open(str(playlist), options={"allowed_extensions": "ALL"}) as ladder:
        return list(ladder.decode(**{kind: 0}))


def times_of(frames: Iterable[Any]) -> list[float]:
    """Return the time of each frame in seconds."""
    return [float(frame.pts * frame.time_base) for frame in frames]


def _frame(number: int, order: Order) -> av.VideoFrame:
    frame: av.VideoFrame = av.VideoFrame.from_image(_picture(number, order))  # type: ignore[no-untyped-call]
    return frame


def _picture(number: int, order: Order) -> Image.Image:
    image = Image.new("RGB", (order.width, order.height), (number % 256, 90, 160))
    left = 3 * number % order.width
    ImageDraw.Draw(image).rectangle((left, 0, left + order.width // 8, order.height // 2), fill="white")
    return image


def _tone(start: float, end: float) -> Iterable[av.AudioFrame]:
    """Yield silence up to the start, then 440 Hz up to the end."""
    for at in range(0, round(end * HERTZ), 1024):
        wave = (at + step for step in range(1024))
        samples = [round(12_000 * math.sin(math.tau * 440 * each / HERTZ)) * (each >= start * HERTZ) for each in wave]
        frame = av.AudioFrame(format="s16", layout="mono", samples=1024)
        frame.planes[0].update(array("h", samples).tobytes())
        frame.sample_rate, frame.pts, frame.time_base = HERTZ, at, Fraction(1, HERTZ)
        yield frame


def _caption(stream: Any, clock: Fraction, start: float, end: float, text: str) -> Any:
    length = round((end - start) / clock)
    line = f"0,0,Default,,0,0,0,,{text}".encode()
    packet = stream.codec_context.encode_subtitle(SubtitleSet.create(text=line, start=0, end=length))
    packet.stream, packet.time_base = stream, clock
    packet.pts = packet.dts = round(start / clock)
    packet.duration = length
    return packet
