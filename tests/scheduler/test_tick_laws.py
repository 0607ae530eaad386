"""Whatever an entry says, however long nobody decided: each nominal time is decided once, by the entry's rule."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import takewhile
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from bellwork.db.vocabulary import CalendarEntry
from bellwork.scheduler import read
from bellwork.scheduler.ticks import PUNCTUAL, plan
from tests.scheduler.calendars import NOW, stored

if TYPE_CHECKING:
    from datetime import datetime

    from bellwork.db.ledger import Decision, StoredEntry

ENTRIES = st.builds(
    CalendarEntry,
    key=st.just("t.law"),
    cron=st.sampled_from(["* * * * *", "*/7 * * * *", "@hourly", "30 2 * * *", "0 9 * * 1-5", "0 0 1 * *"]),
    actor=st.just("t.work"),
    purpose=st.just("is there for a law"),
    zone=st.sampled_from(["UTC", "America/New_York", "Australia/Lord_Howe"]),
    missed=st.sampled_from(["latest", "none", "all"]),
    most=st.integers(1, 40),
    window_hours=st.floats(0.01, 200),
    overlap=st.sampled_from(["skip", "queue", "cancel"]),
    clock_change=st.sampled_from(["once", "skip", "both"]),
)
#: Half of a silence in minutes, and the other half in days.
SILENCES = st.timedeltas(timedelta(0), timedelta(minutes=5)) | st.timedeltas(timedelta(0), timedelta(days=3))


@settings(deadline=None)
@given(ENTRIES, SILENCES, st.none() | SILENCES)
def test_each_nominal_time_is_decided_once_in_order(
    entry: CalendarEntry, silence: timedelta, pause: timedelta | None
) -> None:
    """However many rounds it takes, the decisions are the expression's times, and the next tick is the first ahead."""
    found, last = _until_now(_silent(entry, silence, pause))

    assert _times(entry, silence) == [decision.tick for decision in found]
    assert last.next_tick > NOW
    assert all(decision.reason for decision in found if decision.outcome != "enqueued")


@settings(deadline=None)
@given(ENTRIES, SILENCES)
def test_what_runs_is_what_the_entry_says(entry: CalendarEntry, silence: timedelta) -> None:
    """The latest within the window; the latest within a minute; or the last so many within the window."""
    found, _ = _until_now(_silent(entry, silence, None))
    window = PUNCTUAL if entry.missed == "none" else timedelta(hours=entry.window_hours)
    times = _times(entry, silence)
    candidates = times[-entry.most :] if entry.missed == "all" else times[-1:]

    assert [tick for tick in candidates if NOW - tick <= window] == [each.tick for each in found if each.key]
    assert len({each.key for each in found if each.key}) == sum(each.key is not None for each in found)


@settings(deadline=None)
@given(ENTRIES, SILENCES, SILENCES)
def test_no_tick_of_a_pause_runs(entry: CalendarEntry, silence: timedelta, pause: timedelta) -> None:
    """From the moment of the pause on, each is 'paused'; before it, none is."""
    found, _ = _until_now(_silent(entry, silence, pause))

    assert [each.tick for each in found if each.tick >= NOW - pause] == [
        each.tick for each in found if each.outcome == "paused"
    ]


def _silent(entry: CalendarEntry, silence: timedelta, pause: timedelta | None) -> StoredEntry:
    """The entry as nobody decided it for so long, and paused so long ago."""
    first = read(entry.cron, entry.zone, entry.clock_change).next(NOW - silence)
    paused = {} if pause is None else {"paused_at": NOW - pause, "paused_by": "ann", "pause_reason": "exams"}
    return stored(entry, next_tick=first, **paused)  # type: ignore[arg-type] # columns of any kind


def _until_now(entry: StoredEntry) -> tuple[list[Decision], StoredEntry]:
    """Decide round after round, as the ledger would."""
    found: list[Decision] = []
    while entry.next_tick <= NOW:
        made = plan(entry)
        found += made.decisions
        entry = replace(entry, next_tick=made.next_tick)
    return found, entry


def _times(entry: CalendarEntry, silence: timedelta) -> list[datetime]:
    ticks = read(entry.cron, entry.zone, entry.clock_change).ticks(NOW - silence)
    return list(takewhile(lambda tick: tick <= NOW, ticks))
