"""What a film is, and the size of its picture."""

from __future__ import annotations

from dataclasses import dataclass

WIDTH, HEIGHT = 1280, 720


@dataclass(frozen=True)
class Film:
    """A finished film: seconds, pixels and bytes."""

    duration: float
    width: int
    height: int
    size_bytes: int
