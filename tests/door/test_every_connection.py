"""Whatever connection it is, a job is enqueued in its transaction: committed it is there, rolled back it never was."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bellwork import Enqueued, NewJob, RefusedJob

if TYPE_CHECKING:
    from tests.door.callers import Caller


def test_a_job_is_there_after_the_commit(caller: Caller, jobs: Any) -> None:
    """And not before; on its actor's queue, with its priority."""
    told = caller.enqueue("t.door", {"essay": "ü", "grades": [1, None]})
    before = jobs()
    caller.commit()

    assert isinstance(told, Enqueued)
    assert (True, []) == (told.is_new, before)
    row: tuple[Any, ...] = (told.id, "t.door", {"essay": "ü", "grades": [1, None]}, "t.door", 3, {})
    assert [row] == jobs("id, actor, args, queue, priority, options")


def test_a_rollback_takes_it_back(caller: Caller, jobs: Any) -> None:
    """The job goes with whatever else the transaction did."""
    caller.execute("CREATE TABLE undone (id int)")
    caller.enqueue("t.door")
    caller.rollback()
    caller.enqueue("t.door", {"second": 1})
    caller.commit()

    assert [{"second": 1}] == jobs()


def test_a_savepoint_takes_it_back(caller: Caller, jobs: Any) -> None:
    """Only what was enqueued since."""
    caller.enqueue("t.door", {"number": 1})
    caller.execute("SAVEPOINT before")
    caller.enqueue("t.door", {"number": 2})
    caller.execute("ROLLBACK TO SAVEPOINT before")
    caller.enqueue("t.door", {"number": 3})
    caller.commit()

    assert [{"number": 1}, {"number": 3}] == jobs()


def test_every_parameter_arrives(caller: Caller, jobs: Any) -> None:
    """Queue, priority, due time and key are columns of the job."""
    instant = datetime(2100, 6, 1, 12, tzinfo=UTC)
    caller.enqueue("t.door", queue="other", priority=-9, run_at=instant, unique_key="a'b", unique="unfinished")
    caller.enqueue("t.door", delay=timedelta(hours=1), unique_key="c", unique="waiting")
    caller.enqueue("t.unheard", delay=90)
    caller.commit()

    rows = jobs("queue, priority, unique_key, options, run_at, round(extract(epoch FROM run_at - created_at))")
    assert ("other", -9, "a'b", {}, instant) == rows[0][:5]
    assert ("t.door", 3, "c", {"waiting_key": "c"}, 3600) == (*rows[1][:4], rows[1][5])
    assert ("default", 0, None, {}, 90) == (*rows[2][:4], rows[2][5])


@pytest.mark.parametrize("unique", ["unfinished", "waiting", None])
def test_a_key_that_is_taken_names_its_job(caller: Caller, jobs: Any, unique: Any) -> None:
    """In the same transaction, and from the next one."""
    first = caller.enqueue("t.door", {"number": 1}, unique_key="k", unique=unique)
    second = caller.enqueue("t.door", {"number": 2}, unique_key="k", unique=unique)
    caller.commit()
    third = caller.enqueue("t.door", {"number": 3}, unique_key="k", unique=unique)
    caller.commit()

    assert [(first.id, True), (first.id, False), (first.id, False)] == [first, second, third]
    assert [{"number": 1}] == jobs()


def test_many_are_told_in_their_order(caller: Caller, jobs: Any) -> None:
    """With keys and without, new and taken, twice in one call."""
    taken = caller.enqueue("t.door", {"number": 0}, unique_key="taken")
    asked = [None, "taken", "new", None, "new", "later", None]
    told = caller.enqueue_many(
        [
            NewJob("t.door", {"number": number}, unique_key=key, unique=None if number % 2 or not key else "waiting")
            for number, key in enumerate(asked, start=1)
        ]
    )
    caller.commit()

    assert [True, False, True, True, False, True, True] == [each.is_new for each in told]
    assert (told[1].id, told[4].id) == (taken.id, told[2].id)
    found = dict(jobs("id, (args ->> 'number')::int"))
    assert [1, 0, 3, 4, 3, 6, 7] == [found[each.id] for each in told]
    assert [] == caller.enqueue_many([])


def test_thousands_are_one_call(caller: Caller, jobs: Any) -> None:
    """More than one document holds."""
    told = caller.enqueue_many([NewJob("t.door", {"number": number}) for number in range(5_201)])
    caller.commit()

    found = dict(jobs("id, (args ->> 'number')::int"))
    assert list(range(5_201)) == [found[each.id] for each in told]


def test_a_job_is_looked_up_and_cancelled(caller: Caller) -> None:
    """In the same transaction; who cancels twice is told so, and what is not there is None."""
    told = caller.enqueue("t.door", unique_key="k", delay=timedelta(hours=1))
    seen, expected = caller.get_job(told.id), caller.job_eta(told.id)
    answers = [caller.cancel_job(told.id), caller.cancel_job(told.id), caller.cancel_job(2**70)]
    after = caller.get_job(told.id)
    caller.commit()

    assert seen is not None
    assert (told.id, "t.door", "t.door", "scheduled", None, 0, "k") == seen[:7]
    assert seen.finished_at is None
    assert (told.id, "scheduled", None, None, None, 0, "no worker") == expected
    assert [True, False, False] == answers
    assert after is not None
    assert ("cancelled", "not needed") == (after.state, after.reason)
    assert after.finished_at is not None
    assert [None, None] == [caller.get_job(told.id + 1), caller.get_job(2**70)]
    assert [None, None] == [caller.job_eta(told.id + 1), caller.job_eta(2**70)]


def test_what_is_refused_here_leaves_the_transaction_as_it_was(caller: Caller, jobs: Any) -> None:
    """It is said before PostgreSQL is asked."""
    caller.enqueue("t.door", {"number": 1})
    with pytest.raises(RefusedJob, match="at_most_64_kib") as told:
        caller.enqueue("t.door", {"text": "x" * 70_000})
    caller.enqueue("t.door", {"number": 2})
    caller.commit()

    assert not hasattr(told.value, "__notes__")
    assert [{"number": 1}, {"number": 2}] == jobs()


def test_what_only_postgresql_sees_voids_the_transaction_and_says_so(caller: Caller, jobs: Any) -> None:
    """Its text has less than 64 KiB, PostgreSQL's own form has more; a savepoint helps."""
    caller.enqueue("t.door", {"number": 1})
    caller.execute("SAVEPOINT before")
    with pytest.raises(RefusedJob, match=r"^the ledger refuses a job for 't\.door': .*at_most_64_kib") as told:
        caller.enqueue("t.door", {"numbers": [1] * 20_000})
    caller.execute("ROLLBACK TO SAVEPOINT before")
    caller.commit()

    assert "PostgreSQL itself has refused it, which voids the transaction" in told.value.__notes__[0]
    assert [{"number": 1}] == jobs()


def test_a_role_is_told_what_it_may_not_and_goes_on(caller: Caller, jobs: Any) -> None:
    """A restricted caller's refusal is no error of PostgreSQL: its transaction is what it was."""
    caller.execute("SET LOCAL ROLE bellwork_api")
    caller.enqueue("t.door", {"number": 1}, priority=1)
    with pytest.raises(
        RefusedJob, match=r"'t\.inner': enqueue: actor 't\.inner' is declared with callers=\"internal\""
    ):
        caller.enqueue("t.inner")
    with pytest.raises(RefusedJob, match=r"enqueue: actor 't\.unheard' was never registered by a worker"):
        caller.enqueue_many([NewJob("t.door"), NewJob("t.unheard")])
    with pytest.raises(RefusedJob, match=r"enqueue: queue 'other' is not that of actor 't\.door'"):
        caller.enqueue("t.door", queue="other")
    caller.enqueue("t.door", {"number": 2}, priority=7)
    caller.commit()

    assert [({"number": 1}, 3, True), ({"number": 2}, 7, True)] == jobs("args, priority, enqueued_by = session_user")


def test_a_restricted_role_sees_and_cancels_its_own(caller: Caller, jobs: Any) -> None:
    """What another login enqueued is not there."""
    foreign = caller.enqueue("t.door")
    caller.commit()
    caller.execute("SET LOCAL ROLE bellwork_api")
    own = caller.enqueue("t.door")
    seen = caller.get_job(own.id)
    answers = [caller.cancel_job(foreign.id), caller.cancel_job(own.id)]
    caller.commit()

    assert seen is not None
    assert ("available", [False, True], [foreign.id]) == (seen.state, answers, jobs("id"))


def test_an_aborted_transaction_says_what_to_do(caller: Caller, jobs: Any) -> None:
    """The driver's own error, with a sentence; after a rollback all is well."""
    with pytest.raises(Exception, match="division by zero"):
        caller.execute("SELECT 1 / 0")
    with pytest.raises(Exception, match="aborted") as told:
        caller.enqueue("t.door")
    caller.rollback()
    caller.enqueue("t.door", {"number": 2})
    caller.commit()

    assert ["nothing is enqueued: a statement before this one failed; roll back, or back to a savepoint"] == (
        told.value.__notes__
    )
    assert [{"number": 2}] == jobs()
