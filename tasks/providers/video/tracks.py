"""The three tracks of a film, each written up to a given time."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import av
from av.subtitles.subtitle import SubtitleSet
from av.video.reformatter import ColorRange, Colorspace

from bellwork.tasks.providers.speech.wav import read_wav
from bellwork.tasks.providers.video.protocol import HEIGHT, WIDTH

if TYPE_CHECKING:
    from av.container import OutputContainer
    from PIL.Image import Image

    from bellwork.tasks.providers.speech.protocol import Narration
    from bellwork.tasks.providers.video.captions import Caption

#: One thread and a short look-ahead: a worker renders several films, each in little memory.
_X264 = {
    "preset": "veryfast",
    "tune": "stillimage",
    "crf": "20",
    "x264-params": "bframes=0:rc-lookahead=8:keyint=16:scenecut=0:threads=1",
}
#: The colors of high definition, told to the player, which would otherwise have to guess.
_BT709 = 1
#: What the encoder of captions wants to know before the first one: where they stand and how they look.
_STYLE = "Style: Default,Arial,18,&Hffffff,&Hffffff,&H0,&H0,0,0,0,0,100,100,0,0,1,1,0,2,10,10,14,1"
_FIELDS = (
    "Format: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, BackColour, Bold, Italic, "
    "Underline, StrikeOut, ScaleX, ScaleY, Spacing, Angle, BorderStyle, Outline, Shadow, Alignment, MarginL, "
    "MarginR, MarginV, Encoding"
)
_EVENTS = "Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text"
_HEADER = f"[Script Info]\nScriptType: v4.00+\n\n[V4+ Styles]\n{_FIELDS}\n{_STYLE}\n\n[Events]\n{_EVENTS}\n"


class PictureTrack:
    """H.264, yuv420p. A picture that is shown again is converted only once."""

    def __init__(self, container: OutputContainer, clock: Fraction) -> None:
        self._container, self._clock = container, clock
        self._stream = container.add_stream("libx264", rate=25, options=_X264)
        self._stream.width, self._stream.height, self._stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        self._stream.codec_context.time_base = clock
        self._stream.codec_context.colorspace = Colorspace.ITU709
        self._stream.codec_context.color_primaries = self._stream.codec_context.color_trc = _BT709
        self._stream.codec_context.color_range = ColorRange.MPEG
        self._stream.codec_context.thread_count = 1
        self._image: Image | None = None
        self._frame = av.VideoFrame(WIDTH, HEIGHT, "yuv420p")

    def show(self, time: float, image: Image) -> None:
        """Add a frame at a time in seconds."""
        if image is not self._image:
            self._frame = av.VideoFrame.from_image(image).reformat(  # type: ignore[no-untyped-call]
                format="yuv420p", dst_colorspace=Colorspace.ITU709, dst_color_range=ColorRange.MPEG
            )
            self._image = image
        self._frame.pts = round(time / self._clock)
        self._frame.time_base = self._clock
        self._container.mux(self._stream.encode(self._frame))

    def close(self) -> None:
        """Write what the encoder still holds."""
        self._container.mux(self._stream.encode(None))


class VoiceTrack:
    """AAC, mono, at the rate of the narration."""

    def __init__(self, container: OutputContainer, narration: Narration) -> None:
        self._container = container
        self._samples, self._rate = read_wav(narration.wav, "the narration")
        self._stream = container.add_stream("aac", rate=self._rate, layout="mono", options={"aac_coder": "fast"})
        self._stream.bit_rate = 64_000
        self._resampler = av.AudioResampler(format="fltp", layout="mono", rate=self._rate, frame_size=1024)
        self._at = 0

    def play(self, until: float) -> None:
        """Write the voice up to a time in seconds."""
        end = min(int(until * self._rate), len(self._samples) // 2)
        if end <= self._at:
            return
        frame = av.AudioFrame(format="s16", layout="mono", samples=end - self._at, align=1)
        frame.planes[0].update(self._samples[2 * self._at : 2 * end])
        frame.sample_rate, frame.pts, frame.time_base = self._rate, self._at, Fraction(1, self._rate)
        self._at = end
        self._encode(frame)

    def close(self) -> None:
        """Write what the encoder still holds."""
        self._encode(None)
        self._container.mux(self._stream.encode(None))

    def _encode(self, frame: av.AudioFrame | None) -> None:
        for part in self._resampler.resample(frame):
            self._container.mux(self._stream.encode(part))


class CaptionTrack:
    """Captions as mov_text, which players show or hide as their viewer likes."""

    def __init__(self, container: OutputContainer, captions: list[Caption], clock: Fraction) -> None:
        self._container, self._clock = container, clock
        self._waiting = list(reversed(captions))
        self._stream = container.add_stream("mov_text")
        self._stream.codec_context.subtitle_header = _HEADER.encode()
        self._stream.time_base = clock
        self._stream.metadata["language"] = "eng"

    def write(self, until: float) -> None:
        """Write the captions that begin before a time in seconds."""
        while self._waiting and self._waiting[-1].start < until:
            self._write(self._waiting.pop())

    def _write(self, caption: Caption) -> None:
        start, end = round(caption.start / self._clock), round(caption.end / self._clock)
        line = f"0,0,Default,,0,0,0,,{caption.text}".encode()
        packet = self._stream.codec_context.encode_subtitle(SubtitleSet.create(text=line, start=0, end=end - start))
        packet.stream, packet.time_base = self._stream, self._clock
        packet.pts = packet.dts = start
        packet.duration = end - start
        self._container.mux(packet)
