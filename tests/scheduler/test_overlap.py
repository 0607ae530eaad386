"""A tick whose last job is unfinished gives way, waits or cancels it, as the entry says; its row says which."""

from __future__ import annotations

import pytest

from bellwork.db import ledger
from bellwork.db.engine import transaction
from bellwork.db.ledger import ChangedBy, NewJob
from bellwork.scheduler import operate
from bellwork.scheduler.operate import NotPossible
from bellwork.scheduler.rounds import decide_due
from tests.scheduler.calendars import bring, came_to, entry, finish_all, hourly, jobs, next_hour, overdue, ticks

pytestmark = pytest.mark.usefixtures("database")


def test_a_tick_gives_way_to_a_job_that_is_unfinished() -> None:
    """Overlap 'skip': the row says which job; once it is finished, the next tick runs."""
    bring(hourly())
    overdue("t.hourly", hours=0)
    decide_due()
    next_hour()
    decide_due()

    assert ["enqueued", "overlapped"] == came_to()
    assert f"job {jobs()[0]['id']} is unfinished" == ticks()[1]["reason"]

    finish_all()
    next_hour()
    decide_due()

    assert ["enqueued", "overlapped", "enqueued"] == came_to()


def test_a_job_of_a_release_without_prefixes_is_not_doubled() -> None:
    """It carries the entry's bare key and waits when the new release ticks, or is run by hand: that tick gives way."""
    bring(hourly())
    with transaction() as conn:
        [old] = ledger.enqueue(conn, [NewJob("t.work", unique_key="t.hourly")])
    overdue("t.hourly", hours=0)
    decide_due()
    with transaction() as conn, pytest.raises(NotPossible):
        operate.run(conn, "t.hourly", ChangedBy("ann", "now"))

    assert [(f"job {old.id} is unfinished", "overlapped")] == [(tick["reason"], tick["outcome"]) for tick in ticks()]
    assert [old.id] == [job["id"] for job in jobs()]


def test_a_callers_job_under_the_bare_key_silences_no_entry() -> None:
    """Another actor's job, due in a hundred years, holds a key that is the caller's to choose: the tick runs."""
    bring(hourly())
    with transaction() as conn:
        ledger.enqueue(conn, [NewJob("t.unknown", unique_key="t.hourly", delay=3e9)])
    overdue("t.hourly", hours=0)
    decide_due()

    assert ["enqueued"] == came_to()


def test_a_foreign_job_that_holds_the_calendars_key_is_named() -> None:
    """Whoever may write the table can do that: the tick gives way, and its row says to which actor's job."""
    bring(hourly())
    with transaction() as conn:
        [foreign] = ledger.enqueue(conn, [NewJob("t.unknown", unique_key="entry:t.hourly")])
    overdue("t.hourly", hours=0)
    decide_due()

    assert [f"job {foreign.id} of 't.unknown' is unfinished"] == [tick["reason"] for tick in ticks()]


def test_a_tick_cancels_the_job_before_it() -> None:
    """Overlap 'cancel': the old job is in the history with the reason, the new one waits."""
    bring(hourly(overlap="cancel"))
    overdue("t.hourly", hours=0)
    decide_due()
    (old,) = jobs()
    next_hour()
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
    next_hour()
    decide_due()

    assert ["enqueued", "waiting"] == came_to()
    assert 0 == decide_due(), "nothing is to be done as long as it waits"

    finish_all()
    decide_due()

    assert ["enqueued", "enqueued"] == came_to()
    assert 1 == sum(job["state"] == "available" for job in jobs())
    assert entry().waiting is None
