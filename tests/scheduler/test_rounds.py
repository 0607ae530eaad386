"""A round writes tick, job and next tick in one transaction, once, however many schedulers there are."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from bellwork.db import ledger
from bellwork.db.engine import transaction
from bellwork.db.failpoints import InjectedFault
from bellwork.scheduler import BadSchedule, rounds
from bellwork.scheduler.rounds import decide, decide_due
from bellwork.workers import due_set
from tests.scheduler.calendars import bring, came_to, entry, hourly, jobs, overdue, ticks

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.usefixtures("database")


def test_a_new_entry_owes_nothing_for_the_past() -> None:
    """Its next tick lies ahead, and a round finds nothing to do."""
    bring(hourly())

    assert entry().next_tick > entry().now
    assert 0 == decide_due()
    assert [] == ticks()


def test_a_due_tick_has_a_row_and_a_job_that_is_offered_at_once() -> None:
    """The row names the job, the job carries the entry's arguments and key, and the due set holds it."""
    bring(hourly(args={"grade": 7}))
    nominal = overdue("t.hourly", hours=0)
    decide_due()
    (tick,), (job,) = ticks(), jobs()

    assert (nominal, "enqueued", job["id"], "available") == (
        *(tick[name] for name in ("tick", "outcome", "job_id", "job_state")),
    )
    assert ("t.work", {"grade": 7}, "entry:t.hourly") == (job["actor"], job["args"], job["unique_key"])
    assert rounds.name() == tick["decided_by"]
    assert [job["id"]] == due_set.pop("default", 10, 0)
    assert nominal + timedelta(hours=1) == entry().next_tick


def test_a_tick_that_was_decided_is_never_decided_again() -> None:
    """Even where the next tick was put back by hand: its row is there, so it gets no second job."""
    bring(hourly(missed="all"))
    overdue("t.hourly", hours=3)
    decide_due()
    overdue("t.hourly", hours=3)
    decide_due()

    assert ["enqueued"] * 4 == came_to()
    assert 4 == len(jobs())


def test_eight_schedulers_decide_300_ticks_once() -> None:
    """Eight threads, three entries that owe 100 ticks each: 300 rows, 300 jobs, each job named by one row."""
    keys = ["t.one", "t.two", "t.three"]
    bring(*(hourly(key, missed="all", most=1_000, window_hours=1_000) for key in keys))
    for key in keys:
        overdue(key, hours=99)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: decide_due(), range(24)))
    named = [tick["job_id"] for key in keys for tick in ticks(key)]

    assert sorted(job["id"] for job in jobs()) == sorted(named)
    assert 300 == len(set(named))


def test_what_fails_before_the_commit_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """No row, no job, no next tick; the next round does it all."""
    bring(hourly())
    nominal = overdue("t.hourly", hours=0)
    monkeypatch.setattr(rounds, "reach", _raise_at("before_tick_commit"))
    with pytest.raises(InjectedFault):
        decide_due()

    assert ([], [], nominal) == (ticks(), jobs(), entry().next_tick)

    monkeypatch.undo()
    decide_due()

    assert (["enqueued"], 1) == (came_to(), len(jobs()))


def test_what_fails_after_the_commit_is_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tick stands, and the next round finds nothing."""
    bring(hourly())
    overdue("t.hourly", hours=0)
    monkeypatch.setattr(rounds, "reach", _raise_at("after_tick_commit"))
    with pytest.raises(InjectedFault):
        decide_due()
    monkeypatch.undo()

    assert 0 == decide_due()
    assert (["enqueued"], 1) == (came_to(), len(jobs()))


def test_an_entry_that_somebody_decides_just_now_is_passed_over() -> None:
    """Nobody waits for a lock, and the others are not held up."""
    bring(hourly("t.held"), hourly("t.free"))
    overdue("t.held", hours=0)
    overdue("t.free", hours=0)
    with ThreadPoolExecutor(1) as other, transaction() as conn:
        ledger.lock_entry(conn, "t.held")
        other.submit(decide_due).result(timeout=30)

        assert (["enqueued"], []) == (came_to("t.free"), came_to("t.held"))
    decide_due()

    assert ["enqueued"] == came_to("t.held")


def test_an_entry_whose_zone_is_lost_holds_up_nobody_and_keeps_its_tick() -> None:
    """It is raised when the others are done; mended, the tick runs."""
    bring(hourly("t.lost"), hourly("t.sound"))
    for key in ("t.lost", "t.sound"):
        overdue(key, hours=0)
    _put("t.lost", zone="Europe/Atlantis")
    with pytest.raises(BadSchedule, match="Atlantis"):
        decide_due()

    assert ([], ["enqueued"]) == (came_to("t.lost"), came_to("t.sound"))

    _put("t.lost", zone="UTC")
    decide_due()

    assert ["enqueued"] == came_to("t.lost")


def test_ticks_of_months_without_a_partition_have_their_rows_too() -> None:
    """A scheduler that was down for two years, and one tick skipped for next year."""
    bring(hourly(cron="0 0 1 * *"))
    with transaction() as conn:
        conn.execute(text("UPDATE bellwork.entries SET next_tick = date_trunc('month', now()) - interval '24 months'"))
    decide("t.hourly")

    assert 25 == len(ticks())
    assert "missed" == came_to()[0]


def test_arguments_that_no_job_can_have_hold_up_nobody() -> None:
    """The calendar's own constraint refuses them when they are brought, so no tick ever fails by them."""
    with pytest.raises(Exception, match="at_most_64_kib"):
        bring(hourly(args={"text": "x" * 70_000}))


def _raise_at(point: str) -> Callable[..., None]:
    def reach(reached: str, subject: str = "") -> None:
        if reached == point:
            raise InjectedFault(f"{point} {subject}")

    return reach


def _put(key: str, **columns: str) -> None:
    with transaction() as conn:
        ledger.update_entry(conn, key, **columns)
