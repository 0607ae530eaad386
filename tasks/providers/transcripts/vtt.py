"""Cues as WebVTT (W3C, WebVTT: The Web Video Text Tracks Format)."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bellwork.tasks.providers.transcripts.protocol import Cue

#: What ties the captions' clock to that of the pictures (RFC 8216, 3.5); both begin at zero.
_CLOCK = "X-TIMESTAMP-MAP=MPEGTS:0,LOCAL:00:00:00.000"


def write_vtt(cues: Iterable[Cue]) -> str:
    """Return captions for a player, in order; what would be markup or an arrow of WebVTT is text.

    Empty lines are left out, for one would end its cue.
    """
    blocks = [f"{_stamp(cue.start)} --> {_stamp(cue.end)}\n{_lines(cue.text)}" for cue in cues]
    return "\n\n".join([f"WEBVTT\n{_CLOCK}", *blocks]) + "\n"


def _lines(text: str) -> str:
    return "\n".join(escape(line, quote=False) for line in text.splitlines() if line.strip())


def _stamp(seconds: float) -> str:
    minutes, milliseconds = divmod(round(seconds * 1000), 60_000)
    return f"{minutes // 60:02}:{minutes % 60:02}:{milliseconds // 1000:02}.{milliseconds % 1000:03}"
