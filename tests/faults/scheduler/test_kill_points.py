"""A scheduler that dies or freezes around the commit of a tick: the tick happens once, and soon."""

from __future__ import annotations

import signal
import sys
import time
from typing import TYPE_CHECKING

import pytest

from tests.faults import failpoints
from tests.faults.almanac import (
    ALL,
    Schedulers,
    assert_once,
    assert_unbroken,
    declare,
    entry,
    minutes_ago,
    named,
    set_back,
)
from tests.faults.ground import PATIENCE, rows
from tests.helpers import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

POINTS = ("before_tick", "before_tick_commit", "after_tick_commit")
#: Seconds from the kill, or the freeze, until the tick is decided.
BOUND = 20.0
#: Milliseconds after which PostgreSQL ends the session of who stands still with a row locked; it is 10 s otherwise.
IDLE = 2_000
LATE = 3


@pytest.fixture(scope="module")
def folder(ground: Path) -> Path:
    """A ground with a table: an entry for each point, and one to freeze at."""
    declare(ground, *(entry(f"{what}.{point}", **ALL) for what in ("alone", "frozen") for point in POINTS))
    return ground


@pytest.fixture(scope="module")
def schedulers(folder: Path) -> Iterator[Schedulers]:
    """Two schedulers, both as good as the other."""
    with Schedulers(folder, 2, IDLE=str(IDLE)) as schedulers:
        eventually(lambda: len(rows("SELECT FROM bellwork.entries")) == 2 * len(POINTS), PATIENCE)
        yield schedulers


@pytest.mark.parametrize("point", POINTS)
def test_s1_a_kill_around_the_commit_leaves_each_tick_one_job(point: str, folder: Path, schedulers: Schedulers) -> None:
    """Around the commit of three late ticks comes kill -9: all of them have a row and a job each within 20 s."""
    key, before, since = f"alone.{point}", _starts(schedulers), minutes_ago(LATE)
    failpoints.order(folder, point, "kill9", named(key))
    began = time.monotonic()
    set_back(key, since)
    eventually(lambda: failpoints.taken(folder, f"{point}.{named(key)}") and _is_decided(key), BOUND)
    sys.stdout.write(f"S1: killed {point}, decided after {time.monotonic() - began:.2f} s\n")
    eventually(lambda: _starts(schedulers) == before + 1 and schedulers.are_up(), PATIENCE)

    assert assert_unbroken(key, since) >= LATE
    assert_once(key)


def test_s2_a_frozen_scheduler_holds_nobody_up_for_long_and_does_nothing_twice(
    folder: Path, schedulers: Schedulers
) -> None:
    """SIGSTOP with the row locked: PostgreSQL ends that session, the other one decides; woken up it finds it done."""
    point = "before_tick_commit"
    key, since, before = f"frozen.{point}", minutes_ago(LATE), _starts(schedulers)
    failpoints.order(folder, point, "stop", named(key))
    began = time.monotonic()
    set_back(key, since)
    eventually(lambda: failpoints.taken(folder, f"{point}.{named(key)}") and _is_decided(key), BOUND)
    took = time.monotonic() - began
    for kept in schedulers.kept:
        kept.process.send_signal(signal.SIGCONT)
    sys.stdout.write(f"S2: a frozen scheduler's ticks are decided after {took:.1f} s\n")
    set_back("alone.%", minutes_ago(0))
    eventually(lambda: _is_decided("alone.%"), PATIENCE)

    assert assert_unbroken(key, since) >= LATE
    assert_once(key)
    assert before == _starts(schedulers)


def _is_decided(key: str) -> bool:
    overdue = "SELECT FROM bellwork.entries WHERE key LIKE :key AND next_tick <= clock_timestamp() - interval '1 s'"
    return not rows(overdue, key=named(key))


def _starts(schedulers: Schedulers) -> int:
    return sum(kept.starts for kept in schedulers.kept)
