"""Writes the playlists of a ladder (RFC 8216, HTTP Live Streaming), each a pure function of its parts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bellwork.tasks.courses.videos.encoder.boxes import Piece

_MICRO = 1_000_000
_HEAD = ["#EXTM3U", "#EXT-X-VERSION:7"]


@dataclass(frozen=True)
class Variant:
    """One rung as a player is told of it: its playlist, its picture, and its bits a second, at most and on average."""

    uri: str
    width: int
    height: int
    rate: float
    codecs: str
    peak: int
    average: int


def target_seconds(pieces: Iterable[Piece]) -> int:
    """Return the target duration: no segment, rounded to whole seconds with halves up, is longer (RFC 8216, 4.3.3.1).

    All playlists of a film have the same one. An encoder's own may be less: libavformat rounds 4.5 to 4.
    """
    longest = max(time for piece in pieces for _, time in piece.segments)
    return max(1, (longest + _MICRO // 2) // _MICRO)


def media_playlist(parts: Sequence[tuple[str, Piece]], target: int) -> str:
    """Write the playlist of one rung, or of the sound: parts as (address, piece) in order, segments as ranges of bytes.

    The head of a part is named where it differs from the one before: parts of one encoder have the same.
    """
    lines = _opened(target)
    head = None
    for uri, piece in parts:
        if piece.head != head:
            head = piece.head
            lines.append(f'#EXT-X-MAP:URI="{uri}",BYTERANGE="{piece.head_bytes}@0"')
        at = piece.head_bytes
        for size, time in piece.segments:
            lines += [f"#EXTINF:{time / _MICRO:.6f},", f"#EXT-X-BYTERANGE:{size}@{at}", uri]
            at += size
    return _closed(lines)


def captions_playlist(uri: str, seconds: float) -> str:
    """Write the playlist of captions, one file: theirs alone may have a target of its own (RFC 8216, 6.2.4)."""
    return _closed([*_opened(max(1, round(seconds + 0.5))), f"#EXTINF:{seconds:.6f},", uri])


def master_playlist(variants: Sequence[Variant], sound: str | None, captions: str | None) -> str:
    """Write the playlist that a player opens first, with the rungs from the lowest on."""
    lines = [*_HEAD, "#EXT-X-INDEPENDENT-SEGMENTS"]
    groups = ""
    if sound:
        lines.append(
            f'#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="sound",NAME="Sound",DEFAULT=YES,AUTOSELECT=YES,CHANNELS="2",URI="{sound}"'
        )
        groups += ',AUDIO="sound"'
    if captions:
        lines.append(
            f'#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="captions",NAME="Captions",DEFAULT=NO,AUTOSELECT=YES,URI="{captions}"'
        )
        groups += ',SUBTITLES="captions"'
    for each in variants:
        lines.append(
            f"#EXT-X-STREAM-INF:BANDWIDTH={each.peak},AVERAGE-BANDWIDTH={each.average},"
            f'CODECS="{each.codecs}",RESOLUTION={each.width}x{each.height},FRAME-RATE={each.rate:.3f}{groups}'
        )
        lines.append(each.uri)
    return "\n".join(lines) + "\n"


def bits(pieces: Sequence[Piece]) -> tuple[int, int]:
    """Return the bits a second of a rung: of its densest segment, and on average (RFC 8216, 4.1)."""
    segments = [segment for piece in pieces for segment in piece.segments]
    peak = max(8 * size * _MICRO // max(1, time) for size, time in segments)
    return peak, 8 * sum(size for size, _ in segments) * _MICRO // max(1, sum(time for _, time in segments))


def _opened(target: int) -> list[str]:
    return [
        *_HEAD,
        f"#EXT-X-TARGETDURATION:{target}",
        "#EXT-X-MEDIA-SEQUENCE:0",
        "#EXT-X-PLAYLIST-TYPE:VOD",
        "#EXT-X-INDEPENDENT-SEGMENTS",
    ]


def _closed(lines: list[str]) -> str:
    return "\n".join([*lines, "#EXT-X-ENDLIST"]) + "\n"
