"""Entries change while their ticks wait: nothing that was due is lost or repeated, and the ledger keeps all of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bellwork.db.engine import transaction
from bellwork.db.ledger import ChangedBy, list_changes
from bellwork.scheduler import operate
from bellwork.scheduler.rounds import decide_due
from tests.faults.almanac import (
    ALL,
    assert_once,
    assert_unbroken,
    bring,
    entry,
    far_away,
    jobs,
    minutes_ago,
    named,
    past,
    set_back,
    ticks,
)
from tests.faults.ground import rows

pytestmark = pytest.mark.usefixtures("database")

OPERATOR = ChangedBy("ada", "the nights are too short")


def test_s7_a_deploy_that_changes_arguments_lets_the_pending_tick_run_as_it_was() -> None:
    """Due ticks are decided under the old row first; the jobs after the deploy have the new arguments."""
    old, new = (entry("report", args={"version": version}, **ALL) for version in (1, 2))
    bring(old)
    since = minutes_ago(3)
    set_back("report", since)
    bring(new)
    before = [job.args["version"] for job in jobs()]
    set_back("report", since - timedelta(minutes=2))
    decide_due()
    after = [job.args["version"] for job in jobs()][len(before) :]

    assert [1] * len(before) == before
    assert len(before) >= 3
    assert [2, 2] == after[:2]
    assert assert_unbroken("report", since - timedelta(minutes=2)) >= 6
    assert ["changed", "declared"] == _changes("report")
    assert_once()


def test_s7_a_deploy_that_changes_the_expression_owes_nothing_of_the_past() -> None:
    """What was due every minute was decided so; the hourly ticks begin after the deploy."""
    bring(entry("hourly", **ALL))
    set_back("hourly", minutes_ago(90))
    half_an_hour_away = past(30)
    bring(entry("hourly", half_an_hour_away, **ALL))
    decided = len(ticks("hourly"))
    decide_due()

    assert 91 <= decided == len(ticks("hourly"))
    assert half_an_hour_away == f"{_next('hourly').minute} * * * *"
    assert rows("SELECT FROM bellwork.entries WHERE next_tick > now()")
    assert_once()


def test_s7_a_removed_entry_keeps_its_history_and_its_pending_job() -> None:
    """Its due ticks get rows that say why they did not run; the job that waits stays; no tick comes any more."""
    bring(entry("removed"), entry("kept", far_away()))
    set_back("removed", minutes_ago(2))
    decide_due()
    pending = jobs()
    rows("UPDATE bellwork.entries SET next_tick = now() - interval '1 s' WHERE key LIKE '%removed'")
    bring(entry("kept", far_away()))
    outcomes = [tick.outcome for tick in ticks("removed")]
    decide_due()

    assert pending == [job for job in jobs() if job.args == {"name": "removed"}]
    assert "skipped" == outcomes[-1]
    assert outcomes == [tick.outcome for tick in ticks("removed")]
    assert ["retired", "declared"] == _changes("removed")


def test_s7_a_renamed_entry_begins_anew_and_never_back_fills() -> None:
    """The old name is retired with its history; the new one has its first tick after the deploy."""
    bring(entry("old name", **ALL))
    set_back("old name", minutes_ago(5))
    decide_due()
    history = ticks("old name")
    bring(entry("new name", **ALL))
    decide_due()

    assert [tick.tick for tick in history] == [tick.tick for tick in ticks("old name")]
    assert [] == [tick for tick in ticks("new name") if tick.tick < history[0].decided_at]
    assert rows("SELECT FROM bellwork.entries WHERE key LIKE '%new name' AND known_since > now() - interval '1 minute'")


def test_s7_an_entry_that_comes_back_owes_nothing_for_the_time_between() -> None:
    """Removed by one release and brought back by the next one: no tick of the gap is caught up."""
    bring(entry("prodigal", **ALL))
    bring()
    rows("UPDATE bellwork.entries SET next_tick = now() - interval '5 hours', retired_at = now() - interval '5 hours'")
    bring(entry("prodigal", **ALL), entry("another"))
    decide_due()

    assert [] == [tick for tick in ticks("prodigal") if tick.reason]
    assert ["returned", "retired", "declared"] == _changes("prodigal")


def test_s7_what_an_operator_set_survives_a_deploy() -> None:
    """The expression that ada set counts, whatever the new release declares, and the ledger says that it is hers."""
    bring(entry("nightly", "0 2 * * *"))
    with transaction() as conn:
        operate.set_rule(conn, named("nightly"), OPERATOR, cron="15 5 * * *")
    bring(entry("nightly", "0 3 * * *", args={"version": 2}))
    [row] = rows("SELECT cron, set_cron, set_by, next_tick FROM bellwork.entries")

    assert ("0 3 * * *", "15 5 * * *", "ada") == (row.cron, row.set_cron, row.set_by)
    assert (5, 15) == (row.next_tick.hour, row.next_tick.minute)
    assert ["changed", "set", "declared"] == _changes("nightly")


def test_s7_two_releases_at_once_leave_one_calendar() -> None:
    """Schedulers of two releases start in turn: the newer one counts, and the older one undoes nothing of it."""
    one, two = entry("shared", "0 2 * * *"), entry("shared", "0 3 * * *")
    for each in (one, two, one, two):
        bring(each)

    assert ["0 3 * * *"] == [row.cron for row in rows("SELECT cron FROM bellwork.entries")]
    assert ["changed", "declared"] == _changes("shared")


def _changes(key: str) -> list[str]:
    with transaction() as conn:
        return [change["what"] for change in list_changes(conn, named(key), 100)]


def _next(key: str) -> Any:
    [(tick,)] = rows("SELECT next_tick FROM bellwork.entries WHERE key = :key", key=named(key))
    return tick
