"""What a session that somebody sends must look like: what is wrong is said in words, what follows is completed.

Fields are the columns of `sessions` (tutormax.md). Times carry their offset from UTC; one without is refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


@dataclass(frozen=True)
class Field:
    """What a field may hold, in a word and as a test."""

    said: str
    fits: Callable[[Any], bool]
    needed: bool = False


def _text(most: int) -> Field:
    return Field(f"a text of 1 to {most} characters", lambda it: isinstance(it, str) and 0 < len(it) <= most)


def _number(low: int, high: int) -> Field:
    return Field(f"a whole number from {low} to {high:,}", lambda it: type(it) is int and low <= it <= high)


def _is_moment(it: Any) -> bool:
    try:
        return isinstance(it, str) and datetime.fromisoformat(it).tzinfo is not None
    except ValueError:
        return False


_ID = Field("an id of 1 to 50 characters", lambda it: isinstance(it, str) and 0 < len(it) <= 50, needed=True)  # noqa: PLR2004 - the column's
_MOMENT = Field("a time with its offset, like 2027-06-30T14:00:00+00:00", _is_moment)
_BOOLEAN = Field("true or false", lambda it: isinstance(it, bool))
_SHARE = Field("a number from 0 to 1", lambda it: isinstance(it, int | float) and type(it) is not bool and 0 <= it <= 1)
_INTEGER = 2**31 - 1
FIELDS: dict[str, Field] = {
    "session_id": _ID,
    "tutor_id": _ID,
    "student_id": _ID,
    "scheduled_start": Field(_MOMENT.said, _MOMENT.fits, needed=True),
    "session_number": _number(1, _INTEGER),
    "actual_start": _MOMENT,
    "duration_minutes": _number(0, _INTEGER),
    "subject": _text(100),
    "session_type": Field("1-on-1 or group", lambda it: it in {"1-on-1", "group"}),
    "tutor_initiated_reschedule": _BOOLEAN,
    "no_show": _BOOLEAN,
    "late_start_minutes": _number(-_INTEGER, _INTEGER),
    "engagement_score": _SHARE,
    "learning_objectives_met": _BOOLEAN,
    "technical_issues": _BOOLEAN,
    "created_at": _MOMENT,
    "updated_at": _MOMENT,
}


def objections(session: Mapping[str, Any]) -> list[str]:
    """List what is wrong with a session, in words that name fields and no values; empty where nothing is."""
    unknown = [f"{name[:60]!r} is no field of a session" for name in session if name not in FIELDS]
    lacking = [f"{name} is missing" for name, field in FIELDS.items() if field.needed and session.get(name) is None]
    wrong = [
        f"{name} is not {field.said}"
        for name, field in FIELDS.items()
        if session.get(name) is not None and not field.fits(session[name])
    ]
    return unknown + lacking + wrong


def completed(session: Mapping[str, Any]) -> dict[str, Any]:
    """Return a session without objections with what follows from it: who began was there, and so many minutes late."""
    whole = dict(session)
    if (began := session.get("actual_start")) is not None:
        if session.get("no_show") is None:
            whole["no_show"] = False
        if session.get("late_start_minutes") is None:
            late = datetime.fromisoformat(began) - datetime.fromisoformat(session["scheduled_start"])
            whole["late_start_minutes"] = max(0, late // timedelta(minutes=1))
    return whole
