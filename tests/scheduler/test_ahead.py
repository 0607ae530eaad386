"""A next tick that a wrong clock has set too far ahead is brought back; what ran by that clock is not repeated."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from bellwork.db import ledger
from bellwork.db.engine import transaction
from bellwork.db.ledger import ChangedBy
from bellwork.scheduler import operate
from bellwork.scheduler.ahead import Ahead
from tests.scheduler.calendars import bring, came_to, changes, entry, hourly

pytestmark = pytest.mark.usefixtures("database")
_DECIDED = text("""
INSERT INTO bellwork.ticks (entry, tick, outcome, reason, decided_by, decided_at)
SELECT key, next_tick + make_interval(hours => n), CASE WHEN n = :hours - 1 THEN 'enqueued' ELSE 'missed' END,
       'late', 'a clock', now() + make_interval(hours => :hours + 1)
FROM bellwork.entries, generate_series(0, CAST(:hours AS int) - 1) n ON CONFLICT DO NOTHING
""")


def jump(hours: int = 24) -> None:
    """Leave behind what a clock leaves that was ahead for a moment: all hours are decided, the last one ran."""
    with transaction() as conn:
        conn.execute(_DECIDED, {"hours": hours})
        ledger.update_entry(conn, "t.hourly", next_tick=entry().next_tick + timedelta(hours=hours))


def test_what_did_not_run_by_the_wrong_clock_is_due_at_its_time() -> None:
    """The row of a tick that ran stays, those that were missed are open again, and it is recorded once."""
    bring(hourly())
    right = entry().next_tick
    jump()
    look = Ahead()

    assert ["t.hourly"] == look.heal()
    assert [] == look.heal() == Ahead().heal()
    assert right == entry().next_tick
    assert ["enqueued"] == came_to()
    assert ["declared", "changed"] == [what for what, _, _ in changes()]


def test_ticks_that_an_operator_skipped_stay_skipped() -> None:
    """A next tick beyond them is right; where a jump came on top, their rows stand, so they get no job."""
    bring(hourly())
    first = entry().next_tick
    with transaction() as conn:
        operate.skip(conn, "t.hourly", 2, ChangedBy("ann", "exams"))
    before = Ahead().heal()
    jump()

    assert [] == before
    assert ["t.hourly"] == Ahead().heal()
    assert first == entry().next_tick
    assert ["skipped", "skipped", "enqueued"] == came_to()


def test_what_was_found_right_is_looked_at_again_after_the_clock_went_back() -> None:
    """The row was right by the clock that was ahead."""
    bring(hourly())
    jump(hours=48)
    look = Ahead()
    vars(look).update(_now=entry().now + timedelta(hours=48), _right={"t.hourly": (entry().next_tick, entry().rule)})

    assert ["t.hourly"] == look.heal()
