"""A table that no scheduler may start with is refused, before anything is written of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bellwork.scheduler import BadSchedule
from bellwork.scheduler.check import check
from tests.scheduler.calendars import hourly

BAD: dict[str, tuple[dict[str, Any], str]] = {
    "an empty key": ({"key": ""}, "a key has 1 to 150 printable bytes"),
    "a long key": ({"key": "k" * 151}, "a key has 1 to 150 printable bytes"),
    "a key of two lines": ({"key": "a\nb"}, "a key has 1 to 150 printable bytes"),
    "the key of another source": ({"key": "u.bad"}, "begins with the word of its source and a dot, 't.' here"),
    "a key without a source": ({"key": "t"}, "begins with the word of its source and a dot, 't.' here"),
    "an expression that never fires": ({"cron": "0 0 30 2 *"}, "never fires"),
    "an unknown zone": ({"zone": "Mars/Olympus"}, "is no time zone"),
    "an unknown rule for missed ticks": ({"missed": "some"}, "it may be latest, none, all"),
    "an unknown overlap": ({"overlap": "allow"}, "it may be skip, queue, cancel"),
    "an unknown clock change": ({"clock_change": "twice"}, "it may be once, skip, both"),
    "none at most": ({"most": 0}, "most is 0"),
    "no window": ({"window_hours": 0}, "window_hours 0"),
    "an endless window": ({"window_hours": float("inf")}, "window_hours inf"),
    "a window that is no number": ({"window_hours": float("nan")}, "window_hours nan"),
    "no purpose": ({"purpose": " "}, "say what it is for"),
    "arguments that are no JSON": ({"args": {"at": timedelta(1)}}, "are no JSON object"),
    "arguments that change their form": ({"args": {"pair": (1, 2)}}, "are no JSON object"),
}


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_entry_is_refused_before_anything_is_written(kind: str) -> None:
    """The message names the entry, what it has, and what it may have."""
    fields, reason = BAD[kind]
    with pytest.raises(BadSchedule) as refusal:
        check({"t": [hourly("t.sound"), replace(hourly("t.bad"), **fields)]})

    assert repr(fields.get("key", "t.bad")) in str(refusal.value)
    assert reason in str(refusal.value)


def test_two_entries_of_one_key_are_refused() -> None:
    """Each would take the other's ticks for its own."""
    with pytest.raises(BadSchedule, match=r"2 entries have the key 't\.hourly'; give each its own"):
        check({"t": [hourly()], "u": [hourly(actor="t.other")]})
