"""Times, durations, counts and values in the words that people read, on a terminal and on a page alike."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_FEW_SECONDS = 10


def shortened(value: Any, most: int = 60) -> str:
    """Return a value as JSON, cut to `most` characters."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=plain)
    return text if len(text) <= most else f"{text[: most - 1]}…"


def duration(seconds: float | None) -> str:
    """Return seconds as somebody at 3 a.m. reads them: 0.4 s, 18 s, 5 min, 3 h, 2 d."""
    if seconds is None:
        return "-"
    if seconds < _FEW_SECONDS:
        return f"{max(seconds, 0):.1f} s"
    if seconds < 2 * _MINUTE:
        return f"{seconds:.0f} s"
    if seconds < 2 * _HOUR:
        return f"{seconds / _MINUTE:.0f} min"
    return f"{seconds / _HOUR:.0f} h" if seconds < 2 * _DAY else f"{seconds / _DAY:.0f} d"


def moment(at: datetime | None) -> str:
    """Return a time in UTC to the second."""
    return f"{at:%Y-%m-%d %H:%M:%S}Z" if at else "-"


def plural(count: int, noun: str) -> str:
    """Return '1 job', '2 jobs'."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def plain(value: Any) -> Any:
    """Return what JSON has no type for as text or as a number; times in ISO 8601."""
    if isinstance(value, datetime):
        return value.isoformat()
    return float(value) if hasattr(value, "as_tuple") else str(value)
