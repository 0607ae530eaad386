"""Judges an HTTP answer by its status: busy, worth a retry, or refused for good."""

from __future__ import annotations

import math
import re
import time
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from bellwork.db.redaction import MASK, without_people, without_secrets
from bellwork.tasks.providers.errors import ProviderBusy, ProviderError, ProviderFailure, ProviderRefused
from bellwork.tasks.providers.text import plain

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Seconds to stay away where a busy provider does not say how long, and the longest that is believed.
BUSY_DEFAULT = 30.0
BUSY_LONGEST = 3600.0

_TOO_MANY, _UNAVAILABLE = 429, 503
_MAY_PASS = frozenset({408, 409, 423, 425})
_SERVER_FAULT = 500
#: What refuses a key may repeat it: of such an answer only the status is told.
_ABOUT_KEYS = frozenset({401, 403})
_READ = 4_000
_SECRET = re.compile(r"\b(?:sk|key|bearer|token)[-_ :=][\w.*-]{4,}", re.IGNORECASE)


def verdict(who: str, status: int, headers: Mapping[str, str], body: str) -> ProviderFailure:
    """Return the error that an answer other than 2xx means; a 503 that names a time counts as busy.

    The body is quoted in 200 characters without any configured secret, and not at all where it is about a key.
    """
    said = f"{who} answered {status}" + (f": {_excerpt(body)}" if status not in _ABOUT_KEYS else "")
    if status == _TOO_MANY or (status == _UNAVAILABLE and headers.get("retry-after")):
        wait = asked_to_wait(headers)
        return ProviderBusy(f"{said}; it may be asked again in {wait:.0f} s", wait)
    if status >= _SERVER_FAULT or status in _MAY_PASS:
        return ProviderError(said)
    return ProviderRefused(said)


def asked_to_wait(headers: Mapping[str, str], longest: float = BUSY_LONGEST) -> float:
    """Read from an answer for how many seconds to stay away, 1 to `longest`; 30 s where it does not say."""
    return seconds_to_wait(headers.get("retry-after"), _now(headers.get("date")), longest)


def seconds_to_wait(retry_after: str | None, now: float, longest: float = BUSY_LONGEST) -> float:
    """Read a Retry-After header, seconds or an HTTP date: 1 to 3,600 s; 30 s where it is absent or unreadable."""
    if not retry_after:
        return BUSY_DEFAULT
    try:
        seconds = float(retry_after)
    except ValueError:
        seconds = _timestamp(retry_after) - now
    return BUSY_DEFAULT if math.isnan(seconds) else min(max(seconds, 1.0), longest)


def _now(said: str | None) -> float:
    """Take the time from the answer where it tells it: only the difference counts, and our own clock may be wrong."""
    now = _timestamp(said or "")
    return time.time() if math.isnan(now) else now


def _timestamp(date: str) -> float:
    """Read an HTTP date, which is in UTC whether it says so or not; NaN for anything else."""
    try:
        when = parsedate_to_datetime(date)
        return (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return math.nan


def _excerpt(body: str) -> str:
    """Mask before anything is cut, and again after markup is gone, which may have stood inside of a key."""
    readable = plain(without_people(without_secrets(body[:_READ])), _READ)
    return _SECRET.sub(MASK, without_secrets(readable))[:200].rstrip() or "nothing readable"
