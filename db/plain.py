"""Values as JSON has them: what JSON lacks is written by its own type, the same from every caller.

date, time, datetime   ISO 8601; without a time zone where it has none, else with its offset
timedelta              ISO 8601 in days and seconds: P1DT2.5S
UUID, Decimal          as text                          Enum          the member's value
tuple, set, frozenset  as lists, sets in order          dataclasses and pydantic models   as pydantic writes them, which
                                                        writes a set of theirs in any order
"""

from __future__ import annotations

from dataclasses import is_dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

_SCALARS = frozenset({str, int, float, bool, type(None)})
_TEXT = frozenset({str})
_MINUTE, _NOTHING = timedelta(minutes=1), timedelta(0)


def is_json(value: Any) -> bool:
    """Tell whether a value is what JSON has, all through."""
    kind = type(value)
    if kind in _SCALARS:
        return True
    if kind is list:
        return set(map(type, value)) <= _SCALARS or all(map(is_json, value))
    return kind is dict and set(map(type, value)) <= _TEXT and all(map(is_json, value.values()))


def plain(value: Any) -> Any:
    """Return the value as JSON has it: itself where it is JSON, and where there is no rule for its type.

    What a dataclass or a model says of itself may raise anything.
    """
    return value if is_json(value) else _written(value)


def plain_argument(actor: str, name: str, value: Any) -> Any:
    """Return an argument of a job as JSON has it; raises TypeError where its own rules for that fail."""
    try:
        return plain(value)
    except RecursionError:
        return value  # too deep for the ledger, which says so
    except Exception as error:
        msg = (
            f"{actor}: parameter {name!r} got {type(value).__name__}, and writing it as JSON failed with "
            f"{type(error).__name__}"
        )
        raise TypeError(msg) from error


def plain_arguments(actor: str, args: dict[str, Any]) -> dict[str, Any]:
    """Return the arguments of a job whose actor is not known here as JSON has them; raises what the above raises."""
    for value in args.values():
        if type(value) not in _SCALARS:
            return {name: plain_argument(actor, name, each) for name, each in args.items()}
    return args


def _written(value: Any) -> Any:  # noqa: PLR0911 - one line for each kind
    match value:
        case Enum():
            return plain(value.value)
        case dict():
            return {_key(key): plain(inner) for key, inner in value.items()}
        case list() | tuple():
            return [plain(inner) for inner in value]
        case set() | frozenset():
            # In one order, so that the same set is the same text in every process.
            return sorted(map(plain, value), key=repr)
        case timedelta():
            return _duration(value)
        case datetime() if (value.utcoffset() or _NOTHING) % _MINUTE:
            # Local time of the 19th century; ISO 8601 has no seconds there.
            return value.astimezone(UTC).isoformat()
        case date() | time():
            return value.isoformat()
        case UUID() | Decimal():
            return str(value)
    if hasattr(type(value), "__pydantic_serializer__") or (is_dataclass(value) and not isinstance(value, type)):
        from pydantic_core import to_jsonable_python  # noqa: PLC0415 - who sends none does not load it

        return to_jsonable_python(value, by_alias=True, round_trip=True)
    return value


def _key(key: Any) -> Any:
    return key if key is None or isinstance(key, str | int | float) else plain(key)


def _duration(value: timedelta) -> str:
    # Not in years and months, as elsewhere: they would not say how many days.
    size = abs(value)
    fraction = f".{size.microseconds:06}" if size.microseconds else ""
    return f"{'-' if value < _NOTHING else ''}P{size.days}DT{size.seconds}{fraction}S"
