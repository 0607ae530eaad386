"""What a player, a lab or a quiz tells of a learner, read and checked before anything is done about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from math import inf
from typing import TYPE_CHECKING, Any, Literal, cast, get_args
from uuid import UUID

from bellwork.workers import Permanent

if TYPE_CHECKING:
    from collections.abc import Mapping

Kind = Literal["video", "lab", "quiz", "read"]
#: Seconds: no film is longer than a week, and no clock that says less than this year is right.
_LONGEST, _OLDEST = 604_800, datetime(2000, 1, 1, tzinfo=UTC)
#: Characters of an id: with its learner's before it it fits bellwork.seen_events.
_WIDEST = 160
_FORM = (
    "an event is {event_id, user_id, lesson_id, kind: video|lab|quiz|read, at: a time with its zone, and for a video"
    " position_seconds and duration_seconds}"
)


@dataclass(frozen=True)
class Event:
    """Something of a lesson happened to a learner; `position` and `duration` of a video are in whole seconds."""

    event_id: str
    user_id: UUID
    lesson_id: UUID
    kind: Kind
    at: datetime
    position: int = 0
    duration: int = 0


def read_event(told: Mapping[str, Any]) -> Event:
    """Return an event as it was told; Permanent, saying what is wrong, for one that means nothing."""
    event_id, kind = told.get("event_id"), told.get("kind")
    if not isinstance(event_id, str) or not 0 < len(event_id) <= _WIDEST:
        raise Permanent(f"event_id is {event_id!r:.100}; it is a text of 1 to {_WIDEST} characters. {_FORM}")
    if kind not in get_args(Kind):
        raise Permanent(f"kind is {kind!r:.100}. {_FORM}")
    film = (_seconds(told, "position_seconds"), _seconds(told, "duration_seconds")) if kind == "video" else (0, 0)
    return Event(event_id, _id(told, "user_id"), _id(told, "lesson_id"), cast("Kind", kind), _at(told.get("at")), *film)


def _id(told: Mapping[str, Any], name: str) -> UUID:
    try:
        return UUID(str(told.get(name)))
    except ValueError as wrong:
        raise Permanent(f"{name} is {told.get(name)!r:.100}, which is no uuid. {_FORM}") from wrong


def _seconds(told: Mapping[str, Any], name: str) -> int:
    value = told.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < inf:
        raise Permanent(f"{name} is {value!r:.100}; it is a number of seconds. {_FORM}")
    return int(min(value, _LONGEST))


def _at(value: object) -> datetime:
    try:
        at = datetime.fromisoformat(str(value))
        moment = at.astimezone(UTC)
    except (ValueError, OverflowError) as wrong:
        raise Permanent(f"at is {value!r:.100}, which is no time. {_FORM}") from wrong
    if at.tzinfo is None or at < _OLDEST:
        raise Permanent(f"at is {value!r:.100}; it has a zone, and is not before 2000. {_FORM}")
    return moment
