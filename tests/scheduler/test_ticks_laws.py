"""What is true of the ticks of any entry, whatever its rules, in any life: outages, slow jobs, pauses, long silences.

The decision is pure, so a calendar is lived through in memory: the ledger is a dictionary, and time is a number.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import takewhile
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from bellwork.db.vocabulary import CalendarEntry
from bellwork.scheduler.cron import read
from bellwork.scheduler.ticks import PUNCTUAL, plan
from tests.scheduler.calendars import NOW, stored

if TYPE_CHECKING:
    from datetime import datetime

    from bellwork.db.ledger import Decision, Plan, StoredEntry

entries = st.builds(
    CalendarEntry,
    key=st.just("t.lived"),
    cron=st.sampled_from(["* * * * *", "*/7 * * * *", "0 * * * *", "30 4 * * *"]),
    actor=st.just("t.work"),
    purpose=st.just("is lived through"),
    missed=st.sampled_from(["latest", "none", "all"]),
    most=st.integers(1, 30),
    window_hours=st.sampled_from([0.5, 6.0, 25.0]),
    overlap=st.sampled_from(["skip", "queue", "cancel"]),
)
#: Seconds that pass, whether the job that runs is finished then, and whether somebody pauses or resumes.
moments = st.tuples(st.one_of(st.integers(0, 130), st.integers(0, 100_000)), st.booleans(), st.integers(0, 9))


@dataclass
class Ledger:
    """What PostgreSQL would hold: outcomes by tick, and the keys of unfinished jobs."""

    entry: StoredEntry
    first: datetime
    ticks: dict[datetime, Decision] = field(default_factory=dict)
    jobs: set[str] = field(default_factory=set)

    def live(self, seconds: int, *, finish: bool, toggle: bool) -> None:
        """Let time pass and things happen; then decide until nothing is due, as a scheduler does."""
        now = self.entry.now + timedelta(seconds=seconds)
        if finish:
            self.jobs.clear()
        paused = now if toggle and not self.entry.paused_at else None if toggle else self.entry.paused_at
        self.entry = replace(self.entry, now=now, paused_at=paused, paused_by="ada", pause_reason="she wants it so")
        while self._is_due():
            self.entry = replace(self.entry, busy=1 if self.entry.job_key in self.jobs else None)
            self._write(plan(self.entry))

    def _is_due(self) -> bool:
        can_settle = self.entry.waiting and (self.entry.paused_at or self.entry.job_key not in self.jobs)
        return bool(self.entry.next_tick <= self.entry.now or can_settle)

    def _write(self, made: Plan) -> None:
        if made.cancel:
            self.jobs.remove(self.entry.job_key)
        if made.settled:
            assert "waiting" == self.ticks.pop(made.settled.tick).outcome
        for decision in [*([made.settled] if made.settled else []), *made.decisions]:
            assert decision.tick not in self.ticks, "decided twice"
            self.ticks[decision.tick] = decision
            if decision.key:
                assert decision.key not in self.jobs, "two unfinished jobs of one key"
                self.jobs.add(decision.key)
        self.entry = replace(self.entry, next_tick=made.next_tick, waiting=made.waiting)


@settings(max_examples=120, deadline=None)
@given(entry=entries, life=st.lists(moments, min_size=1, max_size=12))
def test_every_tick_of_any_life_is_decided_once_and_says_why(
    entry: CalendarEntry, life: list[tuple[int, bool, int]]
) -> None:
    """No tick is left out, decided twice or early; one waits at most; what did not run says why; keys never clash."""
    first = read(entry.cron).next(NOW)
    ledger = Ledger(stored(entry, next_tick=first), first)
    for seconds, finish, toggle in life:
        known = set(ledger.ticks)
        ledger.live(seconds, finish=finish, toggle=not toggle)
        _check(entry, ledger, [ledger.ticks[tick] for tick in ledger.ticks.keys() - known])


def _check(entry: CalendarEntry, ledger: Ledger, new: list[Decision]) -> None:
    now, ran = ledger.entry.now, [decision for decision in new if decision.outcome in {"enqueued", "waiting"}]
    expected = takewhile(lambda tick: tick <= now, read(entry.cron).ticks(ledger.first - timedelta(seconds=1)))
    waiting = [tick for tick, decision in ledger.ticks.items() if decision.outcome == "waiting"]
    late = [now - decision.tick for decision in ran]

    assert list(expected) == sorted(ledger.ticks)
    assert waiting == ([ledger.entry.waiting] if ledger.entry.waiting else [])
    assert all(decision.reason for decision in new if decision.outcome != "enqueued")
    assert all((decision.key is not None) == (decision.outcome == "enqueued") for decision in new)
    assert len(ran) <= (entry.most if entry.missed == "all" else 1)
    assert all(each <= (PUNCTUAL if entry.missed == "none" else timedelta(hours=entry.window_hours)) for each in late)
