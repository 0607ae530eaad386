"""Reads the captions that a film brings along."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

import av
from av.subtitles.subtitle import AssSubtitle

if TYPE_CHECKING:
    from av.container import InputContainer

    from bellwork.tasks.courses.videos.encoder.facts import Source

#: Captions that are read of one film, and characters of one.
_MOST, _LONGEST = 50_000, 1_000


def read_captions(container: InputContainer, source: Source) -> list[tuple[float, float, str]]:
    """Return (start, end, text) of the captions of the first track that has texts, in seconds of the film."""
    for stream in container.streams.subtitles:
        container.seek(0)
        found = _of(container, stream, source)
        if found:
            return found
    return []


def _of(container: InputContainer, stream: Any, source: Source) -> list[tuple[float, float, str]]:
    found: list[tuple[float, float, str]] = []
    for packet in container.demux(stream):
        if packet.pts is None or len(found) >= _MOST:
            continue
        start = packet.pts * packet.time_base - source.origin
        end = start + (packet.duration or 0) * packet.time_base
        text = _text(packet)
        if text and end > max(start, Fraction(0)):
            found.append((float(max(start, Fraction(0))), float(end), text[:_LONGEST]))
    return found


def _text(packet: Any) -> str:
    try:
        shown = packet.decode()
    except (av.InvalidDataError, av.EOFError):
        return ""
    lines = [each.dialogue.decode(errors="replace").strip() for each in shown if isinstance(each, AssSubtitle)]
    return "\n".join(line for line in lines if line)
