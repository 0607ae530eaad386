"""`bellwork schedule`: what recurs, what came of each tick and why, and what an operator may do about it."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from bellwork.db import ledger
from bellwork.db.engine import transaction
from bellwork.db.ledger import Worker
from bellwork.scheduler.rounds import decide_due
from tests.ops.desk import ask
from tests.scheduler.calendars import bring, came_to, changes, entry, fail, hourly, jobs, overdue

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture(autouse=True)
def an_entry(full_hour: None, database: str) -> None:
    """An entry that missed two ticks and ran the third."""
    del full_hour, database
    bring(hourly(zone="Asia/Kolkata", cron="30 * * * *"))
    overdue("t.hourly", hours=2)
    decide_due()


def answer(*words: str) -> Any:
    """Ask for JSON and read it."""
    told = ask("schedule", *words, "--json")

    assert (0, "") == (told.code, told.err)
    return json.loads(told.out)


def test_the_list_says_when_each_is_due_and_what_came_of_its_last_tick() -> None:
    """A line each; as data, with the next five times in both clocks."""
    told = ask("schedule", "list").out
    (found,) = answer("list")["entries"]

    assert all(word in told for word in ("t.hourly", "30 * * * *", "Asia/Kolkata", "enqueued", "on time"))
    assert ("t.hourly", "on time", "enqueued") == (found["key"], found["state"], found["last"]["outcome"])
    assert 5 == len(found["next"])
    assert found["next"][0]["local"].endswith("+05:30")
    assert found["next"][0]["utc"] == found["next_tick"]


def test_an_entry_is_shown_with_its_times_its_ticks_and_its_changes() -> None:
    """The rule, the next five times on its own wall clock and in UTC, the reasons, and who brought it."""
    told = ask("schedule", "show", "t.hourly").out
    found = answer("show", "t.hourly")

    assert all(
        word in told for word in ("is there for a test", "IST", "in UTC", "missed", "only the latest runs", "declared")
    )
    assert ["enqueued", "missed", "missed"] == [tick["outcome"] for tick in found["ticks"]]
    assert ["declared"] == [change["what"] for change in found["changes"]]


def test_the_history_says_of_each_tick_what_came_of_it_and_why() -> None:
    """All of them, or those that did not run."""
    assert 3 == len(answer("history", "t.hourly")["ticks"])
    assert 2 == len(answer("history", "t.hourly", "--not-run")["ticks"])
    assert "The newest 1 are shown" in ask("schedule", "history", "t.hourly", "--limit", "1").out
    assert "late; only the latest runs, up to 25 h late" in ask("schedule", "history", "t.hourly").out


def test_an_entry_is_paused_and_goes_on() -> None:
    """Who and why are shown and kept."""
    told = ask("schedule", "pause", "t.hourly", "--reason", "exams", "--by", "ann")

    assert (0, "Entry 't.hourly' is paused by ann: exams\n") == (told.code, told.out)
    assert "paused by ann: exams" in ask("schedule", "list").out
    assert not answer("pause", "t.hourly", "--reason", "again")["changed"]
    assert answer("resume", "t.hourly", "--by", "bob", "--reason", "over")["changed"]
    assert "was not paused" in ask("schedule", "resume", "t.hourly").out
    assert [("paused", "ann", "exams"), ("resumed", "bob", "over")] == changes()[1:]


def test_ticks_are_skipped_in_advance() -> None:
    """The times are said."""
    first = entry().next_tick
    told = ask("schedule", "skip", "t.hourly", "--count", "7", "--reason", "exams")

    assert (0, True) == (told.code, f"Skipped of entry 't.hourly': {first:%Y-%m-%d %H:%M:%S}Z, " in told.out)
    assert ["skipped"] * 7 == came_to()[3:]
    assert first + timedelta(hours=7) == entry().next_tick


def test_an_entry_is_run_now_unless_its_job_is_unfinished() -> None:
    """The refusal names the job, with exit code 1."""
    bring(hourly("t.other"))
    told = answer("run", "t.other", "--reason", "to see it")

    assert told["job_id"] in [job["id"] for job in jobs()]
    again = ask("schedule", "run", "t.other", "--reason", "to see it")

    assert (1, "") == (again.code, again.out)
    assert f"bellwork: entry 't.other' was not run: its job {told['job_id']} is unfinished\n" == again.err


def test_another_expression_is_shown_as_such_until_it_is_taken_back() -> None:
    """The list marks it and says who set it and why; the answer shows the next times."""
    told = ask("schedule", "set", "t.hourly", "--cron", "5 5 * * *", "--reason", "exams", "--by", "ann")

    assert 0 == told.code
    assert told.out.count("05:05:00 IST") == 5
    assert "5 5 * * * *" in ask("schedule", "list").out
    assert "not as the code declares it, but as it was set: t.hourly by ann: exams." in ask("schedule", "list").out
    assert {"cron": "30 * * * *", "zone": "Asia/Kolkata"} == answer(
        "set", "t.hourly", "--declared", "--reason", "over"
    )["rule"]
    assert "*" not in ask("schedule", "list").out.replace("30 * * * *", "")


def test_the_history_says_what_a_job_failed_of() -> None:
    """The decision's reason and the job's last error stand together; where it is done after all, no error is left."""
    job = fail("t.hourly", "the disk is full")

    assert "only the latest runs" in answer("history", "t.hourly")["ticks"][1]["reason"]
    assert "the disk is full" == answer("history", "t.hourly")["ticks"][0]["job_error"]
    assert "the disk is full" in ask("schedule", "history", "t.hourly").out
    with transaction() as conn:
        conn.execute(text("UPDATE bellwork.finished_jobs SET state = 'done' WHERE id = :id"), {"id": job})
    assert "the disk is full" not in ask("schedule", "history", "t.hourly").out


def test_an_entry_that_nobody_decides_is_overdue() -> None:
    """A scheduler that stands still is seen in the list, and by who asks how things stand while workers live."""
    with transaction() as conn:
        ledger.register_worker(conn, Worker(uuid4(), "here", 1, 1, [], {"t.work": None}), 60)
        ledger.update_entry(conn, "t.hourly", next_tick=entry().now - timedelta(hours=30))

    assert "overdue for 30 h: no scheduler decides it" in ask("schedule", "show", "t.hourly").out
    assert "and 1 of the calendar overdue (t.hourly)" in ask("status").out
    assert ["t.hourly"] == json.loads(ask("status", "--json").out)["overdue_entries"]


def test_an_entry_whose_rule_cannot_be_read_says_so() -> None:
    """The list works in spite of it."""
    with transaction() as conn:
        ledger.update_entry(conn, "t.hourly", zone="Europe/Atlantis")

    assert "cannot be read: 'Europe/Atlantis' is no time zone" in ask("schedule", "list").out
    assert [] == answer("show", "t.hourly")["next"]


def test_retired_entries_are_listed_when_asked_for() -> None:
    """Their history is theirs for ever."""
    bring()

    assert "No entry is known yet" in ask("schedule", "list").out
    assert "retired" in ask("schedule", "list", "--retired").out
    assert 3 == len(answer("history", "t.hourly")["ticks"])


def test_a_tick_that_waits_is_seen() -> None:
    """With the job it waits for."""
    bring(hourly(cron="30 * * * *", zone="Asia/Kolkata", overlap="queue"))
    with transaction() as conn:
        ledger.update_entry(conn, "t.hourly", next_tick=entry().now)
    decide_due()

    assert f"waits for job {jobs()[0]['id']}" in ask("schedule", "show", "t.hourly").out
