"""Many schedulers, wrong clocks, and kill -9 in the middle: each nominal time gives one job, and none is left out."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

import pytest

from tests.faults import clocks, failpoints
from tests.faults.almanac import (
    ALL,
    Schedulers,
    assert_once,
    assert_unbroken,
    declare,
    entry,
    minutes_ago,
    set_back,
    ticks,
)
from tests.faults.ground import PATIENCE, rows
from tests.helpers import eventually

if TYPE_CHECKING:
    from pathlib import Path

#: Seconds by which each racer's clock is wrong: no two have the same time, and none has the right one.
SKEWS = (7_200, -7_200, 300, -300, 86_400, -86_400, 1.5, -1.5)
POINTS = ("before_tick", "before_tick_commit", "after_tick_commit")
WAVES, ENTRIES, MINUTES = 2, 130, 20
#: Seconds in which a scheduler that gets in nobody's way decides a tick after its minute has begun.
PROMPT = 1.0
_OVERDUE = "SELECT FROM bellwork.entries WHERE next_tick <= clock_timestamp() - make_interval(secs => :seconds)"


@pytest.mark.timeout(300)
def test_s2_eight_schedulers_give_five_thousand_ticks_one_job_each(folder: Path) -> None:
    """Two waves of 130 entries, 20 ticks behind; meanwhile racers are killed, most of them at a commit."""
    keys = [f"race-{wave}-{number}" for wave in range(WAVES) for number in range(ENTRIES)]
    declare(folder, *(entry(key, **ALL) for key in keys))
    racers = Schedulers(folder, len(SKEWS))
    for kept, seconds in zip(racers.kept, SKEWS, strict=True):
        clocks.skew(kept, seconds)
    with racers:
        eventually(lambda: len(rows("SELECT FROM bellwork.entries")) == len(keys), PATIENCE)
        began, since = time.monotonic(), minutes_ago(MINUTES)
        for wave in range(WAVES):
            for point in POINTS:
                failpoints.order(folder, point, "kill9")
            set_back(f"race-{wave}-%", since)
            racers.kill(wave)
            eventually(lambda: not rows(_OVERDUE, seconds=PROMPT), 2 * PATIENCE)
            assert [] == [point for point in POINTS if not failpoints.taken(folder, point)]
        took = time.monotonic() - began
        died = sum(kept.starts - 1 for kept in racers.kept)
    enqueued = len(ticks(outcome="enqueued"))
    sys.stdout.write(f"S2: {enqueued} ticks of {len(keys)} entries in {took:.1f} s, {died} racers killed\n")

    assert enqueued >= WAVES * ENTRIES * MINUTES >= 5_000
    assert died >= WAVES * (len(POINTS) + 1)
    assert_once()
    for key in keys:
        assert_unbroken(key, since)
