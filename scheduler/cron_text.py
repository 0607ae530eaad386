"""What an expression may look like: five fields as crontab(5) has them, or an @ word; anything else is refused."""

from __future__ import annotations

import re
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

LONGEST = 200
WORDS = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_TERM = re.compile(r"(?:\*|(?P<low>[0-9]{1,4}|[a-z]{3})(?:-(?P<high>[0-9]{1,4}|[a-z]{3}))?)(?:/(?P<step>[0-9]{1,4}))?")
#: Zones that mean something else on each machine, or count leap seconds.
_ODD_ZONES = re.compile(r"localtime|posixrules|Factory|posix/.*|right/.*")
#: Any moment will do: whether an expression ever fires does not depend on when it is asked.
_SOME_DAY = datetime(2026, 1, 1)  # noqa: DTZ001 - a wall clock without a zone


class BadSchedule(ValueError):  # noqa: N818 - the word says what is wrong
    """An expression or a zone that cannot be used; the message quotes it and says why."""


class _Field(NamedTuple):
    name: str
    low: int
    high: int
    names: tuple[str, ...] = ()


_FIELDS = (
    _Field("minute", 0, 59),
    _Field("hour", 0, 23),
    _Field("day of month", 1, 31),
    _Field("month", 1, 12, _MONTHS),
    _Field("day of week", 0, 7, _DAYS),
)


def fields(cron: str) -> list[str]:
    """Return the five fields of an expression; BadSchedule, with the reason, if it is none or never fires."""
    if len(cron) > LONGEST or not cron.replace("\t", " ").isprintable():
        raise BadSchedule(f"{_quoted(cron)} is no cron expression: give at most {LONGEST} printable characters")
    parts = WORDS.get(cron.strip().lower(), cron).lower().split()
    if len(parts) != len(_FIELDS) or "=" in cron:
        raise BadSchedule(f"{cron!r} is no cron expression: {_why_not_five(parts)}")
    for field, part in zip(_FIELDS, parts, strict=True):
        for term in part.split(","):
            if reason := _odd(field, term):
                raise BadSchedule(f"{cron!r}: the {field.name} {term!r} {reason}")
    pairs = zip(_FIELDS, parts, strict=True)
    parts = [",".join(_plain(field, term) for term in part.split(",")) for field, part in pairs]
    _require_some_day(cron, parts)
    return parts


def time_zone(name: str) -> ZoneInfo:
    """Return the zone of this IANA name; BadSchedule for one that is not known here."""
    try:
        if not _ODD_ZONES.fullmatch(name):
            return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        pass  # KeyError: not found; the others: no such file, a folder, a path that leads out
    raise BadSchedule(f"{_quoted(name)} is no time zone; give an IANA name, for instance 'Europe/Berlin' or 'UTC'")


def _why_not_five(parts: list[str]) -> str:
    if parts and parts[0].startswith("@"):
        return f"the words are {', '.join(WORDS)}" + ("; nothing here boots" if parts[0] == "@reboot" else "")
    if any("=" in part for part in parts):
        return "the time zone has a field of its own"
    return f"it has {len(parts)} fields; give five (minute, hour, day of month, month, day of week)"


def _odd(field: _Field, term: str) -> str | None:
    """Say what is wrong with a term, if anything is."""
    if (match := _TERM.fullmatch(term)) is None:
        return "is not understood; write *, a value or a range, with /step after * or a range"
    low, high, step = match["low"], match["high"], match["step"]
    if low and step and not high:
        return f"has a step without a range; write {low}-{field.high}/{step}"
    if step and int(step) == 0:
        return "has a step of 0; the smallest is 1"
    values = [_value(field, value) for value in (low, high) if value]
    if None in values:
        span = f"{field.low}-{field.high}"
        return f"is not within {span}" + (f" or {field.names[0]}-{field.names[-1]}" if field.names else "")
    if len(values) == 2 and (values[0] or 0) > (values[1] or 0):  # noqa: PLR2004 - a range has two ends
        return "runs backwards; name both parts, with a comma between"
    return None


def _plain(field: _Field, term: str) -> str:
    """Write a term as cronsim reads it rightly: it takes 5-5/10 for 5-59/10, and no step larger than the field.

    A larger step leaves the first value alone, as in crontab(5); a star stays a star, for days go by that.
    """
    match = _TERM.fullmatch(term)
    if match is None:
        return term
    if match["high"] and _value(field, match["low"]) == _value(field, match["high"]):
        return match["low"]
    largest = field.high - field.low + 1
    return f"{term.partition('/')[0]}/{largest}" if match["step"] and int(match["step"]) > largest else term


def _value(field: _Field, given: str) -> int | None:
    if given in field.names:
        return field.names.index(given) + field.low
    return int(given) if given.isdigit() and field.low <= int(given) <= field.high else None


def _require_some_day(cron: str, parts: list[str]) -> None:
    try:
        next(CronSim(" ".join(parts), _SOME_DAY))
    except (CronSimError, StopIteration, OverflowError):
        raise BadSchedule(f"{cron!r} never fires: no day of the next 50 years is like that") from None


def _quoted(given: str) -> str:
    return repr(given if len(given) <= LONGEST else f"{given[:40]}…")
