"""The rows of the calendar: one for each tick for ever, true to its job, and readable as one question."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from bellwork.db import ledger
from bellwork.db.ledger import ConcurrentUpdate, Decision, NewJob, Plan, RefusedJob
from tests.db.ledger import callers

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from bellwork.db.ledger import StoredEntry

TICK = datetime(2026, 6, 10, 12, tzinfo=UTC)
NEXT = TICK + timedelta(hours=1)
DECLARED: dict[str, Any] = {
    "key": "t.hourly",
    "cron": "0 * * * *",
    "zone": "UTC",
    "actor": "t.work",
    "args": {},
    "missed": "latest",
    "most": 24,
    "window_hours": 25,
    "overlap": "skip",
    "clock_change": "once",
    "purpose": "is there for a test",
}


@pytest.fixture
def entry(undone: Connection) -> StoredEntry:
    """An entry whose next tick is TICK."""
    ledger.declare(undone, DECLARED, TICK)
    return _locked(undone)


def test_a_plan_writes_row_job_and_next_tick(undone: Connection, entry: StoredEntry) -> None:
    """The row names its job and who decided it."""
    (due,) = ledger.write_plan(undone, entry, Plan((Decision(TICK, "enqueued", None, "t.hourly"),), NEXT), "here:1")
    (row,) = ledger.list_ticks(undone, "t.hourly", 10)

    assert (TICK, "enqueued", due.id, "available", "here:1") == (
        *(row[name] for name in ("tick", "outcome", "job_id", "job_state", "decided_by")),
    )
    assert NEXT == _locked(undone).next_tick


def test_a_tick_that_has_a_row_gets_no_job(undone: Connection, entry: StoredEntry) -> None:
    """Whoever comes second writes nothing but the next tick."""
    plan = Plan((Decision(TICK, "enqueued", None, "t.hourly@1"),), NEXT)
    first, second = (ledger.write_plan(undone, entry, plan, who) for who in ("here:1", "here:2"))

    assert (1, []) == (len(first), second)
    assert "here:1" == ledger.list_ticks(undone, "t.hourly", 10)[0]["decided_by"]


def test_a_key_that_was_taken_meanwhile_is_said(undone: Connection, entry: StoredEntry) -> None:
    """The caller's transaction is void; the next round finds the job."""
    ledger.enqueue(undone, [NewJob("t.other", unique_key="t.hourly")])
    with pytest.raises(ConcurrentUpdate, match=r"a job with a key of 't\.hourly' appeared meanwhile"):
        ledger.write_plan(undone, entry, Plan((Decision(TICK, "enqueued", None, "t.hourly"),), NEXT), "here:1")


def test_a_job_that_cannot_be_is_refused(undone: Connection, entry: StoredEntry) -> None:
    """A unique key has 200 bytes at most."""
    with pytest.raises(RefusedJob, match="between_1_and_200_bytes"):
        ledger.write_plan(undone, entry, Plan((Decision(TICK, "enqueued", None, "k" * 201),), NEXT), "here:1")


def test_only_a_tick_that_waits_is_decided_again(undone: Connection, entry: StoredEntry) -> None:
    """The second decision gives it its job; a third one finds nothing."""
    ledger.write_plan(undone, entry, Plan((Decision(TICK, "waiting", "job 7 is unfinished"),), NEXT, waiting=TICK), "a")
    settled = Plan((), NEXT, settled=Decision(TICK, "enqueued", "waited", "t.hourly"))

    assert TICK == _locked(undone).waiting
    assert 1 == len(ledger.write_plan(undone, entry, settled, "b"))
    assert [] == ledger.write_plan(undone, entry, settled, "c")
    assert ("enqueued", "b") == (
        *(ledger.list_ticks(undone, "t.hourly", 1)[0][name] for name in ("outcome", "decided_by")),
    )
    assert _locked(undone).waiting is None


def test_ticks_before_the_next_one_are_decided_for_good(undone: Connection, entry: StoredEntry) -> None:
    """Whoever decides them later, with a row or without one, writes nothing."""
    early = Decision(TICK - timedelta(hours=1), "missed", "late")
    ledger.write_plan(undone, entry, Plan((Decision(TICK, "skipped", "no"),), NEXT), "a")
    ledger.write_plan(undone, entry, Plan((early, Decision(TICK, "enqueued", None, "t.hourly")), NEXT), "b")

    assert [("skipped", "a")] == [
        (row["outcome"], row["decided_by"]) for row in ledger.list_ticks(undone, "t.hourly", 9)
    ]
    assert [] == ledger.list_jobs(undone)


def test_a_later_release_may_add_columns(undone: Connection, entry: StoredEntry) -> None:
    """A scheduler of this one goes on beside it."""
    undone.execute(text("ALTER TABLE bellwork.entries ADD COLUMN owner text NOT NULL DEFAULT 'the school'"))

    assert [entry] == ledger.list_entries(undone) == [_locked(undone)]


def test_the_history_knows_what_became_of_the_job(undone: Connection, entry: StoredEntry) -> None:
    """Did it run last night, and if not, why: one SELECT, also when the job has left the queue."""
    (due,) = ledger.write_plan(undone, entry, Plan((Decision(TICK, "enqueued", None, "t.hourly"),), NEXT), "here:1")
    ledger.cancel(undone, [due.id], "not today")
    (row,) = ledger.list_ticks(undone, "t.hourly", 10)

    assert "cancelled" == row["job_state"]
    assert row["job_finished_at"] is not None
    assert row["late_seconds"] > 0
    assert [] == ledger.list_ticks(undone, "t.hourly", 10, silent=True)


def test_ticks_have_their_month_however_far_it_is(undone: Connection, entry: StoredEntry) -> None:
    """Of the past as of the future, and across a year's end; a month that is there is used."""
    ledger.update_entry(undone, "t.hourly", next_tick=datetime(2019, 12, 1, tzinfo=UTC))
    days = [
        datetime(2019, 12, 31, 23, 59, tzinfo=UTC),
        datetime(2020, 1, 1, tzinfo=UTC),
        datetime(2031, 2, 28, tzinfo=UTC),
    ]
    for _ in range(2):
        plan = Plan(tuple(Decision(day, "missed", "it is far") for day in days), days[0])
        ledger.write_plan(undone, entry, plan, "here:1")
        days.append(days[-1] + timedelta(hours=1))

    assert days[:-1][::-1] == [row["tick"] for row in ledger.list_ticks(undone, "t.hourly", 10)]


@pytest.mark.parametrize(
    ("columns", "rule"),
    [
        ("('t.x', now(), 'forgotten', 'why', NULL)", "ticks_outcome_check"),
        ("('t.x', now(), 'missed', NULL, NULL)", "ticks_that_did_not_run_say_why"),
        ("('t.x', now(), 'missed', 'why', 7)", "ticks_only_enqueued_ones_have_a_job"),
        ("(NULL, now(), 'missed', 'why', NULL)", "null value in column"),
    ],
)
def test_the_table_holds_its_own_rules(undone: Connection, columns: str, rule: str) -> None:
    """Whoever writes there."""
    statement = f"INSERT INTO bellwork.ticks (entry, tick, outcome, reason, job_id, decided_by) SELECT v.*, 'me' FROM (VALUES {columns}) v"  # noqa: S608, E501
    with pytest.raises(IntegrityError, match=rule):
        undone.execute(text(statement.replace("NULL)", "CAST(NULL AS bigint))")))


def test_operators_may_change_entries_and_delete_nothing(undone: Connection) -> None:
    """They read everything of the calendar; rows of it stay."""
    ledger.declare(undone, DECLARED, TICK)
    undone.execute(text("SET LOCAL ROLE bellwork_ops"))
    ledger.update_entry(undone, "t.hourly", set_why=None)
    ledger.note_change(undone, "t.hourly", "run", ledger.ChangedBy("ann", "a test"))
    entry = _locked(undone)
    ledger.write_plan(undone, entry, Plan((Decision(entry.now, "enqueued", None, "t.hourly"),), NEXT), "ann")
    for table in ("entries", "ticks", "entry_changes"):
        with callers.refused(undone, "42501"):
            undone.execute(text(f"DELETE FROM bellwork.{table}"))  # noqa: S608 - the tables stand above


@pytest.mark.parametrize("table", ["entries", "ticks", "entry_changes", "tick_history"])
def test_an_api_layer_sees_nothing_of_the_calendar(undone: Connection, table: str) -> None:
    """It enqueues, no more."""
    undone.execute(text("SET LOCAL ROLE bellwork_api"))
    with callers.refused(undone, "42501"):
        undone.execute(text(f"SELECT * FROM bellwork.{table}"))  # noqa: S608 - the tables stand above


def test_a_claim_about_an_entry_that_is_not_there_is_none(undone: Connection) -> None:
    """Nobody decides what nobody knows."""
    assert ledger.lock_entry(undone, "t.nonesuch") is None
    assert ledger.lock_due_entry(undone, "t.nonesuch") is None
    assert [] == ledger.list_changes(undone, "t.nonesuch", 10)


def _locked(conn: Connection) -> StoredEntry:
    found = ledger.lock_entry(conn, "t.hourly")
    assert found is not None
    return found
