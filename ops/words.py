"""Times, durations, counts and values in the words that people read, on a terminal and on a page alike."""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import Any

_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_FEW_SECONDS = 10
#: What names an id, and what an id and a date look like: no spaces, no address.
_AN_ID, _ID = re.compile(r"(^|_)(id|ids|key|hash)$"), re.compile(r"[\w.:-]{1,100}")
_A_DATE = re.compile(r"\d{4}-\d\d-\d\d([T ][\d:.]+(Z|[+-][\d:]+)?)?")


def shortened(value: Any, most: int = 60) -> str:
    """Return a value as JSON, cut to `most` characters."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=plain)
    return text if len(text) <= most else f"{text[: most - 1]}…"


def impersonal(args: Any) -> Any:
    """Return a job's arguments as a list of many jobs shows them: ids, numbers and dates; the rest by name alone.

    What may be about a person is shown where one job is asked for.
    """
    if not isinstance(args, dict):
        return args
    return {name: value if _is_impersonal(name, value) else "…" for name, value in args.items()}


def _is_impersonal(name: str, value: Any) -> bool:
    if value is None or isinstance(value, bool | int | float):
        return True
    return isinstance(value, str) and bool((_AN_ID.search(name) and _ID.fullmatch(value)) or _A_DATE.fullmatch(value))


def duration(seconds: float | None) -> str:
    """Return seconds as a tired operator reads them: 0.4 s, 18 s, 5 min, 3 h, 2 d."""
    if seconds is None:
        return "-"
    if seconds < _FEW_SECONDS:
        return f"{max(seconds, 0):.1f} s"
    if seconds < 2 * _MINUTE:
        return f"{seconds:.0f} s"
    if seconds < 2 * _HOUR:
        return f"{seconds / _MINUTE:.0f} min"
    return f"{seconds / _HOUR:.0f} h" if seconds < 2 * _DAY else f"{seconds / _DAY:.0f} d"


def moment(at: datetime | str | None) -> str:
    """Return a time in UTC to the second; one that was kept as JSON is text in ISO 8601."""
    if isinstance(at, str):
        at = datetime.fromisoformat(at)
    return f"{at:%Y-%m-%d %H:%M:%S}Z" if at else "-"


def plural(count: int, noun: str) -> str:
    """Return '1 job', '2 jobs'."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def plain(value: Any) -> Any:
    """Return what JSON has no type for as text or as a number; times in ISO 8601."""
    if isinstance(value, datetime):
        return value.isoformat()
    return float(value) if hasattr(value, "as_tuple") else str(value)


def paused(queue: dict[str, Any]) -> str:
    """Say since when a queue is paused, by whom, why and until when; nothing where it is not."""
    if not queue["paused_at"]:
        return ""
    until = f", until {moment(queue['paused_until'])}" if queue["paused_until"] else ""
    return f"since {moment(queue['paused_at'])} by {queue['paused_by']}{until}: {queue['pause_reason']}"
