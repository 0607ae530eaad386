"""A tick whose last job is unfinished gives way, waits or cancels it, as the entry says; its row says which."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from db.engine import transaction
from scheduler.rounds import decide_due
from tests.scheduler.calendars import bring, came_to, entry, finish_all, hourly, jobs, overdue, ticks

pytestmark = pytest.mark.usefixtures("database")


def test_a_tick_gives_way_to_a_job_that_is_unfinished() -> None:
    """Overlap 'skip': the row says which job; once it is finished, the next tick runs."""
    bring(hourly())
    overdue("t.hourly", hours=0)
    decide_due()
    _next_hour()
    decide_due()

    assert ["enqueued", "overlapped"] == came_to()
    assert f"job {jobs()[0]['id']} is unfinished" == ticks()[1]["reason"]

    finish_all()
    _next_hour()
    decide_due()

    assert ["enqueued", "overlapped", "enqueued"] == came_to()


def test_a_tick_cancels_the_job_before_it() -> None:
    """Overlap 'cancel': the old job is in the history with the reason, the new one waits."""
    bring(hourly(overlap="cancel"))
    overdue("t.hourly", hours=0)
    decide_due()
    (old,) = jobs()
    _next_hour()
    decide_due()
    found = {job["id"]: (job["state"], job["reason"]) for job in jobs()}

    assert ("cancelled", "a newer tick of 't.hourly' took its place") == found.pop(old["id"])
    assert [("available", None)] == list(found.values())
    assert ["cancelled", "available"] == [tick["job_state"] for tick in ticks()]


def test_a_tick_waits_for_the_job_before_it() -> None:
    """Overlap 'queue': its row says so, and becomes that of its job as soon as the job before it is finished."""
    bring(hourly(overlap="queue"))
    overdue("t.hourly", hours=0)
    decide_due()
    _next_hour()
    decide_due()

    assert ["enqueued", "waiting"] == came_to()
    assert 0 == decide_due(), "nothing is to be done as long as it waits"

    finish_all()
    decide_due()

    assert ["enqueued", "enqueued"] == came_to()
    assert 1 == sum(job["state"] == "available" for job in jobs())
    assert entry().waiting is None


def _next_hour() -> None:
    """Make an hour pass for the calendar: what was decided lies an hour back."""
    with transaction() as conn:
        conn.execute(text("UPDATE bellwork.ticks SET tick = tick - interval '1 hour'"))
        conn.execute(text("UPDATE bellwork.entries SET next_tick = next_tick - interval '1 hour'"))
