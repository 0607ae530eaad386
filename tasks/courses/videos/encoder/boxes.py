"""Reads the segments of a fragmented MP4: where each begins and how long it is.

ISO/IEC 14496-12: a file is boxes of a length of 4 bytes and a name of 4; a fragment is `moof` and what follows it;
its time stands in the `tfdt` of its track, in ticks of the track's `mdhd`.
"""

from __future__ import annotations

import hashlib
import struct
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

_HEAD = 8
_LARGE = 1
_MILLION = 1_000_000


@dataclass(frozen=True)
class Piece:
    """A part as it lies in its object: the head of so many bytes, then segments of (bytes, microseconds).

    `head` names the bytes of the head: parts of equal heads can be played one after the other.
    """

    head: str
    head_bytes: int
    codecs: str
    segments: tuple[tuple[int, int], ...]

    def as_json(self) -> dict[str, Any]:
        """Return the same in what JSON has."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Piece:
        """Read what `as_json` wrote."""
        return cls(**{**values, "segments": tuple((size, time) for size, time in values["segments"])})


def read_piece(path: str, end: float) -> Piece:
    """Return the segments of a part that ends so many seconds after the film's beginning."""
    content = Path(path).read_bytes()
    starts = [(at, body) for name, at, body in _boxes(content, 0, len(content)) if name == b"moof"]
    head = content[: starts[0][0]]
    moov = _inside(head, b"moov", b"trak", b"mdia")
    ticks = _ticks(moov)
    times = [round(_time(body) * _MILLION / ticks) for _, body in starts]
    places = [at for at, _ in starts]
    sizes = [after - before for before, after in pairwise([*places, len(content)])]
    lasts = [after - before for before, after in pairwise([*times, round(end * _MILLION)])]
    segments = tuple(zip(sizes, lasts, strict=True))
    return Piece(hashlib.sha256(head).hexdigest()[:16], len(head), _codecs(moov), segments)


def _boxes(content: bytes, start: int, end: int) -> Iterator[tuple[bytes, int, bytes]]:
    """Yield (name, place, what is inside) of the boxes that lie side by side."""
    while start + _HEAD <= end:
        size, name = struct.unpack_from(">I4s", content, start)
        head = _HEAD
        if size == _LARGE:
            (size,), head = struct.unpack_from(">Q", content, start + _HEAD), 2 * _HEAD
        if size < head:
            raise ValueError(f"the box {name!r} at {start} has an impossible size of {size}")
        yield name, start, content[start + head : start + size]
        start += size


def _inside(content: bytes, *path: bytes) -> bytes:
    for wanted in path:
        content = next(body for name, _, body in _boxes(content, 0, len(content)) if name == wanted)
    return content


def _ticks(mdia: bytes) -> int:
    body = _inside(mdia, b"mdhd")
    return int(struct.unpack_from(">I", body, 20 if body[0] else 12)[0])


def _time(moof: bytes) -> int:
    body = _inside(moof, b"traf", b"tfdt")
    return int(struct.unpack_from(">Q" if body[0] else ">I", body, 4)[0])


def _codecs(mdia: bytes) -> str:
    """Name the codec as RFC 6381 does: of H.264 the profile, its limits and the level, of AAC the low complexity."""
    entries = _inside(mdia, b"minf", b"stbl", b"stsd")[8:]
    if entries[4:8] != b"avc1":
        return "mp4a.40.2"
    place = entries.index(b"avcC") + 4
    return f"avc1.{entries[place + 1 : place + 4].hex()}"
