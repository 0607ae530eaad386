"""A deploy brings its table: nothing is back-filled, nothing due is lost, nothing an operator set is undone."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from bellwork.db import ledger
from bellwork.db.engine import transaction
from bellwork.db.ledger import ChangedBy
from bellwork.db.vocabulary import CalendarEntry
from bellwork.scheduler import operate
from bellwork.scheduler.declare import synchronise
from bellwork.scheduler.keeper import Keeper
from tests.scheduler.calendars import bring, came_to, changes, entry, hourly, jobs, overdue, ticks

pytestmark = pytest.mark.usefixtures("database")


def test_bringing_the_same_table_again_changes_nothing() -> None:
    """Not a row, not a version, not a line among the changes."""
    assert ["t.hourly"] == bring(hourly(args={"a": [1, 2.5, None]}))
    before = entry()
    assert [] == bring(hourly(args={"a": [1, 2.5, None]}))

    assert before == replace(entry(), now=before.now)
    assert ["declared"] == [what for what, _, _ in changes()]


def test_eight_schedulers_bring_a_table_at_once() -> None:
    """One of them writes it; nobody fails, nothing is declared twice."""
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: synchronise({"t": [hourly("t.one"), hourly("t.two")]}).changed, range(8)))

    assert [[]] * 7 + [["t.one", "t.two"]] == sorted(found)
    assert 1 == entry("t.one").version


def test_a_changed_expression_counts_from_now_on() -> None:
    """The next tick is the new expression's first after now, and the ticks that were due ran under the old one."""
    bring(hourly(args={"release": 1}))
    due = overdue("t.hourly", hours=0)
    bring(hourly(cron="0 4 * * *", args={"release": 2}))

    assert [(due, "enqueued")] == [(tick["tick"], tick["outcome"]) for tick in ticks()]
    assert {"release": 1} == jobs()[0]["args"], "what was pending runs with the old arguments"
    assert ("04:00", 2) == (f"{entry().next_tick:%H:%M}", entry().version)
    assert entry().next_tick > entry().now


def test_other_changes_leave_the_next_tick() -> None:
    """The new arguments are those of the tick that comes."""
    bring(hourly())
    before = entry().next_tick
    bring(hourly(args={"release": 2}, missed="none", purpose="is there for another test"))

    assert (before, {"release": 2}, "none") == (entry().next_tick, entry().args, entry().missed)
    assert ["declared", "changed"] == [what for what, _, _ in changes()]


def test_an_entry_that_is_gone_from_the_code_is_retired() -> None:
    """What was due of it has its row and no job; its pending job and its history stay."""
    bring(hourly())
    with transaction() as conn:
        operate.run(conn, "t.hourly", ChangedBy("ann", "to have a job"))
    overdue("t.hourly", hours=1)
    bring()

    assert ["skipped", "skipped"] == came_to()
    assert "the code has the entry no more" == ticks()[-1]["reason"]
    assert (1, True) == (len(jobs()), entry().retired_at is not None)
    with transaction() as conn:
        assert [] == ledger.due_entries(conn)
        assert [] == ledger.list_entries(conn)


def test_an_entry_that_returns_owes_nothing_for_the_time_between() -> None:
    """It is known since it returned, and due from then on."""
    bring(hourly())
    bring()
    overdue("t.hourly", hours=30)
    bring(hourly())

    assert entry().retired_at is None
    assert entry().next_tick > entry().now
    assert [] == ticks()
    assert ["declared", "retired", "returned"] == [what for what, _, _ in changes()]


def test_what_an_operator_set_or_paused_survives_a_deploy() -> None:
    """The declaration changes beneath it; the next tick follows what was set."""
    bring(hourly())
    with transaction() as conn:
        operate.set_rule(conn, "t.hourly", ChangedBy("ann", "exams"), cron="0 5 * * *")
        operate.pause(conn, "t.hourly", ChangedBy("ann", "flood"))
    before = entry().next_tick
    bring(hourly(cron="30 6 * * *"))

    assert ("0 5 * * *", "30 6 * * *", before) == (entry().set_cron, entry().cron, entry().next_tick)
    assert ("ann", "flood") == (entry().paused_by, entry().pause_reason)


def test_a_deploy_mends_an_entry_whose_old_rule_cannot_be_read() -> None:
    """The tick that was due has a row that says so, and the new rule counts."""
    bring(hourly())
    overdue("t.hourly", hours=0)
    with transaction() as conn:
        ledger.update_entry(conn, "t.hourly", zone="Europe/Atlantis")
    bring(hourly(zone="Europe/Berlin"))

    assert ["missed"] == came_to()
    assert "'0 * * * * Europe/Atlantis once' cannot be read here" in ticks()[0]["reason"]
    assert entry().next_tick > entry().now


def test_a_renamed_entry_is_one_that_goes_and_one_that_comes() -> None:
    """The old one's history stays under its old name, the new one begins."""
    bring(hourly("t.old"))
    overdue("t.old", hours=0)
    bring(hourly("t.new"))

    assert (["skipped"], []) == (came_to("t.old"), came_to("t.new"))


def test_a_scheduler_brings_its_table_before_it_decides_anything() -> None:
    """What is gone from the code is not run any more, however long it was due."""
    bring(CalendarEntry("t.gone", "* * * * *", "t.gone", "was there for a test", missed="all"))
    overdue("t.gone", hours=1)
    Keeper({"t": []})()

    assert {"skipped"} == set(came_to("t.gone"))
    assert [] == jobs()
