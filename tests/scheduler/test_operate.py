"""What an operator does to an entry counts at once, is recorded with who and why, and loses no tick."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from bellwork.db import ledger
from bellwork.db.engine import transaction
from bellwork.db.ledger import ChangedBy
from bellwork.scheduler import BadSchedule, operate
from bellwork.scheduler.rounds import decide_due
from tests.scheduler.calendars import (
    bring,
    came_to,
    changes,
    entry,
    finish_all,
    hourly,
    jobs,
    next_hour,
    overdue,
    ticks,
)

if TYPE_CHECKING:
    from collections.abc import Callable

ANN = ChangedBy("ann", "exams")

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture(autouse=True)
def an_entry(database: str) -> None:
    """The entry that is operated on."""
    del database
    bring(hourly())


def test_a_pause_lets_no_tick_run_and_leaves_a_row_of_each() -> None:
    """Nothing of it is caught up when the entry goes on."""
    assert _do(operate.pause)
    assert not _do(operate.pause), "once is enough"
    _paused_since(hours=3)
    overdue("t.hourly", hours=2)
    decide_due()

    assert ["paused"] * 3 == came_to()
    assert "paused by ann: exams" == ticks()[0]["reason"]
    assert _do(operate.resume)
    assert not _do(operate.resume)

    decide_due()

    assert ["paused"] * 3 == came_to()
    assert [] == jobs()
    assert ["declared", "paused", "resumed"] == [what for what, _, _ in changes()]


def test_ticks_of_a_pause_that_no_scheduler_saw_are_not_caught_up_either() -> None:
    """Resuming decides them first, as paused."""
    _do(operate.pause)
    _paused_since(hours=3)
    overdue("t.hourly", hours=1)
    _do(operate.resume)

    assert ["paused", "paused"] == came_to()


def test_what_was_due_before_the_pause_runs() -> None:
    """Pausing decides it first."""
    overdue("t.hourly", hours=0)
    _do(operate.pause)

    assert ["enqueued"] == came_to()


def test_skipped_ticks_are_decided_in_advance() -> None:
    """Two rows ahead of their time; the third tick is the next."""
    first = entry().next_tick
    with transaction() as conn:
        skipped = operate.skip(conn, "t.hourly", 2, ANN)

    assert [first, first + timedelta(hours=1)] == skipped
    assert [(tick, "skipped", "skipped by ann: exams") for tick in skipped] == [
        (tick["tick"], tick["outcome"], tick["reason"]) for tick in ticks()
    ]
    assert first + timedelta(hours=2) == entry().next_tick


def test_a_run_by_hand_is_a_job_and_no_tick() -> None:
    """The next tick stays; the change names the job. While that is unfinished, there is no second."""
    before = entry().next_tick
    with transaction() as conn:
        job = operate.run(conn, "t.hourly", ANN)

    assert ([job], [], before) == ([each["id"] for each in jobs()], ticks(), entry().next_tick)
    with transaction() as conn:
        assert {"job_id": job} == ledger.list_changes(conn, "t.hourly", 1)[0]["after"]
    with pytest.raises(operate.NotPossible, match=f"its job {job} is unfinished"):
        _do(operate.run)

    finish_all()

    assert _do(operate.run) != job


def test_another_expression_counts_from_now_on_and_can_be_taken_back() -> None:
    """What was due before runs under the old one."""
    due = overdue("t.hourly", hours=0)
    with transaction() as conn:
        changed = operate.set_rule(conn, "t.hourly", ANN, cron="5 5 * * *", zone="Asia/Kolkata")

    assert [(due, "enqueued")] == [(tick["tick"], tick["outcome"]) for tick in ticks()]
    assert "23:35" == f"{changed.next_tick:%H:%M}", "five past five in Kolkata"
    assert ("5 5 * * *", "ann", "exams") == (changed.set_cron, changed.set_by, changed.set_why)

    _do(operate.unset_rule)

    assert ("00", None) == (f"{entry().next_tick:%M}", entry().set_cron)
    assert [("set", "ann", "exams"), ("unset", "ann", "exams")] == changes()[1:]


def test_only_the_zone_may_be_set_and_then_the_expression() -> None:
    """What was set before stays, what was not is the code's."""
    with transaction() as conn:
        operate.set_rule(conn, "t.hourly", ANN, zone="Asia/Kolkata")
        changed = operate.set_rule(conn, "t.hourly", ANN, cron="@daily")

    assert ("@daily", "Asia/Kolkata", "once") == changed.rule


@pytest.mark.parametrize(("cron", "zone"), [("0 0 30 2 *", None), ("* * * *", None), (None, "Mars/Olympus")])
def test_what_cannot_be_read_is_refused_and_changes_nothing(cron: str | None, zone: str | None) -> None:
    """The reason is said, the entry goes on as before."""
    before = entry()
    with pytest.raises(BadSchedule), transaction() as conn:
        operate.set_rule(conn, "t.hourly", ANN, cron, zone)

    assert (before.rule, before.next_tick) == (entry().rule, entry().next_tick)
    assert ["declared"] == [what for what, _, _ in changes()]


def test_setting_what_is_not_set_back_is_refused() -> None:
    """There is nothing to take back."""
    with pytest.raises(operate.NotPossible, match=r"follows the code already: '0 \* \* \* \*' in UTC"):
        _do(operate.unset_rule)


@pytest.mark.parametrize("deed", [operate.pause, operate.resume, operate.run, operate.unset_rule])
def test_an_entry_that_is_not_there_is_named(deed: Callable[..., object]) -> None:
    """So is one that the code has no more."""
    bring()
    for key in ("t.hourly", "t.nonesuch"):
        with pytest.raises(operate.NotPossible, match=f"there is no entry '{key}'"), transaction() as conn:
            deed(conn, key, ANN)


def test_an_entry_whose_rule_cannot_be_read_can_be_given_another() -> None:
    """Its due tick has a row that says why it did not run."""
    overdue("t.hourly", hours=0)
    with transaction() as conn:
        ledger.update_entry(conn, "t.hourly", zone="Europe/Atlantis")
        operate.set_rule(conn, "t.hourly", ANN, zone="Europe/Berlin")

    assert ["missed"] == came_to()
    assert entry().next_tick > entry().now


def test_the_operators_role_may_do_all_of_it() -> None:
    """Also where a tick waited, one is due and gets its job, and the expression is set and taken back."""
    bring(hourly(overlap="queue"))
    overdue("t.hourly", hours=0)
    decide_due()
    next_hour()
    decide_due()
    finish_all()
    with transaction() as conn:
        conn.execute(text("UPDATE bellwork.entries SET next_tick = now()"))
    with transaction() as conn:
        conn.execute(text("SET LOCAL ROLE bellwork_ops"))
        [skipped] = operate.skip(conn, "t.hourly", 1, ANN)
        operate.set_rule(conn, "t.hourly", ANN, cron="@daily")
        for deed in (operate.unset_rule, operate.pause, operate.resume):
            assert deed(conn, "t.hourly", ANN)
    finish_all()
    with transaction() as conn:
        conn.execute(text("SET LOCAL ROLE bellwork_ops"))
        job = operate.run(conn, "t.hourly", ANN)

    assert ["enqueued", "enqueued", "waiting", "skipped"] == came_to()
    assert skipped == ticks()[-1]["tick"]
    assert [job] == [each["id"] for each in jobs() if each["state"] == "available"]


def _do(deed: Callable[..., object]) -> object:
    with transaction() as conn:
        return deed(conn, "t.hourly", ANN)


def _paused_since(hours: float) -> None:
    with transaction() as conn:
        ledger.update_entry(conn, "t.hourly", paused_at=entry().now - timedelta(hours=hours))
