"""Nobody was there for a while: what each entry's rule for missed ticks says is done, and every tick has its row."""

from __future__ import annotations

import sys
import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bellwork.scheduler.rounds import decide_due
from tests.faults.almanac import Schedulers, assert_once, bring, declare, entry, past, set_back, this_minute, ticks
from tests.faults.ground import PATIENCE, rows
from tests.helpers import eventually
from tests.scheduler import oracle

if TYPE_CHECKING:
    from pathlib import Path

RULES: dict[str, dict[str, Any]] = {
    "latest": {"missed": "latest"},
    "none": {"missed": "none"},
    "all": {"missed": "all", "most": 24},
    "all of six hours": {"missed": "all", "most": 1_000, "window_hours": 6},
}
#: Minutes since the last tick that was missed; the next one of any entry is so far ahead that no test sees it.
SINCE = 3
#: Seconds after a scheduler's start until everything that was missed is decided, on a busy machine; the promise is 5.
BOUND = 25.0


@pytest.mark.parametrize("hours", [0, 1, 25])
@pytest.mark.usefixtures("database")
def test_s3_what_was_missed_is_caught_up_as_each_entry_says(hours: int) -> None:
    """Down for 0, 1 and 25 hours: rows for all ticks of that time, jobs for those that the rule wants, once."""
    crons = (past(SINCE, 18, 33, 48), past(7), _daily(past(11), 10))
    bring(*(entry(f"{rule}, {cron}", cron, **RULES[rule]) for rule in RULES for cron in crons))
    now = this_minute()
    owed = {cron: oracle.ticks(cron, "UTC", now - timedelta(minutes=60 * hours + SINCE + 1), now) for cron in crons}
    for cron in crons:
        if owed[cron]:
            set_back(f"%, {cron}", owed[cron][0])
    decide_due()
    decide_due()

    for rule in RULES:
        for cron in crons:
            found = ticks(f"{rule}, {cron}")
            assert owed[cron] == [tick.tick for tick in found]
            assert _wanted(rule, owed[cron], now) == [tick.tick for tick in found if tick.outcome == "enqueued"]
            assert all("late" in tick.reason for tick in found if tick.outcome == "missed")
            assert {"enqueued", "missed"} >= {tick.outcome for tick in found}
    assert_once()


def test_s3_a_scheduler_that_comes_back_catches_up_within_seconds(folder: Path) -> None:
    """Started after 30 hours of nobody, it decides 1,500 ticks of each entry within seconds."""
    cron = past(*range(SINCE, SINCE + 50))
    declare(folder, *(entry(name, cron, **rule) for name, rule in RULES.items()))
    with Schedulers(folder, 1) as schedulers:
        eventually(lambda: rows("SELECT FROM bellwork.entries"), PATIENCE)
        assert 0 == schedulers.kept[0].stop()
    now = this_minute()
    owed = oracle.ticks(cron, "UTC", now - timedelta(hours=30), now)
    set_back("%", owed[0])
    with Schedulers(folder, 1):
        began = time.monotonic()
        eventually(lambda: not rows("SELECT FROM bellwork.entries WHERE next_tick <= now()"), BOUND)
        sys.stdout.write(f"S3: 30 hours are caught up after {time.monotonic() - began:.1f} s\n")

    assert 1_500 == len(owed)
    assert [owed] * len(RULES) == [[tick.tick for tick in ticks(name)] for name in RULES]
    assert [1, 0, 24, 300] == [len(ticks(name, "enqueued")) for name in RULES]
    assert_once()


def _daily(hourly: str, hours: int) -> str:
    """Make an hourly expression one of a single hour a day, so many hours ago."""
    return f"{hourly.split(maxsplit=1)[0]} {(this_minute() - timedelta(hours=hours)).hour} * * *"


def _wanted(rule: str, owed: list[Any], now: Any) -> list[Any]:
    """Say once more, in other words, which of the owed ticks run some minutes after the last one."""
    match rule:
        case "latest":
            return [tick for tick in owed[-1:] if now - tick <= timedelta(hours=25)]
        case "none":
            return []
        case "all":
            return [tick for tick in owed[-24:] if now - tick < timedelta(hours=25)]
    return [tick for tick in owed if now - tick < timedelta(hours=6)]
