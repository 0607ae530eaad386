"""Wrong clocks: a scheduler's own counts for nothing, and PostgreSQL's may jump without a tick that doubles."""

from __future__ import annotations

import signal
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bellwork.db import migrate
from bellwork.scheduler.rounds import decide_due
from tests.faults import clocks
from tests.faults.almanac import (
    ALL,
    Schedulers,
    assert_once,
    assert_unbroken,
    bring,
    declare,
    entry,
    far_away,
    named,
    set_back,
    this_minute,
    ticks,
)
from tests.faults.ground import PATIENCE, rows
from tests.helpers import eventually

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

HOURS = 7_200
#: Seconds after its nominal time in which a tick is decided, on a busy machine; a quiet one needs 0.3.
PROMPT = 10.0


@pytest.fixture(scope="module")
def own_time() -> Iterator[Callable[[int], None]]:
    """A PostgreSQL of the module's own, whose clock is set so many seconds ahead."""
    with clocks.servers_with_a_clock() as set_ahead:
        migrate.upgrade()
        yield set_ahead


@pytest.fixture
def set_ahead(own_time: Callable[[int], None]) -> Callable[[int], None]:
    """Its clock, which is right at the start."""
    own_time(0)
    return own_time


def test_s5_a_scheduler_two_hours_off_is_neither_early_nor_late(folder: Path) -> None:
    """One is two hours ahead, one behind; each has to decide a tick alone, and does when PostgreSQL says it is due."""
    declare(folder, entry("of the hasty one", far_away()), entry("of the slow one", far_away()))
    schedulers = Schedulers(folder, 2)
    for kept, skew in zip(schedulers.kept, (HOURS, -HOURS), strict=True):
        clocks.skew(kept, skew)
    with schedulers:
        eventually(lambda: rows("SELECT FROM bellwork.entries"), PATIENCE)
        for kept, key in zip(reversed(schedulers.kept), ("of the hasty one", "of the slow one"), strict=True):
            kept.process.send_signal(signal.SIGSTOP)
            [(soon,)] = rows("SELECT clock_timestamp() + interval '0.7 s'")
            set_back(key, soon)
            eventually(lambda key=key: ticks(key), 0.7 + PROMPT)  # type: ignore[misc]
            kept.process.send_signal(signal.SIGCONT)
            [tick] = ticks(key)
            assert soon == tick.tick
            assert 0 <= tick.late_seconds < PROMPT
    assert_once()


def test_s5_postgresqls_clock_may_jump_two_hours_either_way(set_ahead: Callable[[int], None]) -> None:
    """Two hours ahead, back, and ahead again: 120 ticks are caught up once, none is repeated, and then it goes on."""
    bring(entry("minutely", **ALL), entry("latest"), entry("quarterly", "*/15 * * * *", **ALL))
    first = this_minute()
    set_back("minutely", first)
    set_back("latest", first)
    decide_due()
    for ahead in (HOURS, 0, HOURS, HOURS + 120):
        set_ahead(ahead)
        until = this_minute()
        decide_due()
        decide_due()
    quarter = ticks("quarterly")[0].tick

    for key, since, step in (("minutely", first, 1), ("latest", first, 1), ("quarterly", quarter, 15)):
        assert_unbroken(key, since, timedelta(minutes=step))
        assert until < _next(key) <= this_minute() + timedelta(minutes=step)
    assert len(ticks("minutely", "enqueued")) >= 119
    assert len(ticks("quarterly", "enqueued")) >= 8
    assert_once()


def test_s5_small_steps_of_the_clock_around_a_tick_repeat_nothing(set_ahead: Callable[[int], None]) -> None:
    """Corrected by a second or two, there and back, while a tick is due: it has one row and one job."""
    bring(entry("stepped", **ALL))
    minute = this_minute()
    set_back("stepped", minute)
    [(passed,)] = rows("SELECT extract(epoch FROM clock_timestamp() - :minute)", minute=minute)
    for off in (-1, 0, 1, -2, 2, -1, 1, 0):
        set_ahead(off - int(passed))
        decide_due()

    assert 1 <= assert_unbroken("stepped", minute) <= 2
    assert ticks("stepped")[0].late_seconds > -timedelta(seconds=1).total_seconds()
    assert_once()


def _next(key: str) -> Any:
    [(tick,)] = rows("SELECT next_tick FROM bellwork.entries WHERE key = :key", key=named(key))
    return tick
