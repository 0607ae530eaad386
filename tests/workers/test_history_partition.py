"""Where the history has no partition for today, a worker makes it: no end of a job is lost, and no job runs twice."""

from __future__ import annotations

from collections import Counter
from unittest.mock import patch

import dramatiq
import pytest
from psycopg.errors import InsufficientPrivilege

from bellwork.db import ledger
from bellwork.db.engine import DatabaseError, transaction
from bellwork.db.own import HISTORY
from bellwork.db.partitions import missing_ahead
from bellwork.workers import job
from tests.helpers import eventually
from tests.workers import look
from tests.workers.process import working

QUEUES = ("t.history", "t.history_short")
ran: Counter[str] = Counter()


def act(what: str) -> None:
    """Return, fail, or finish in the job's own transaction."""
    ran[what] += 1
    if what.endswith("fails"):
        raise ValueError(what)
    if what.endswith("transaction"):
        with job.transaction():
            pass


@dramatiq.actor(actor_name="t.history", queue_name="t.history", max_retries=0)
def work(what: str) -> None:
    """Work in the long lane."""
    act(what)


@dramatiq.actor(actor_name="t.history_short", queue_name="t.history_short", lane="short", max_retries=0)
def work_shortly(what: str) -> None:
    """Work in the short lane."""
    act(what)


@pytest.fixture
def without_partitions(database: str) -> None:
    """A ledger whose history ends yesterday: no scheduler ran for two weeks."""
    del database
    ran.clear()
    look.execute("""
        DO $$ DECLARE part regclass; BEGIN
            FOR part IN SELECT inhrelid FROM pg_inherits WHERE inhparent = 'bellwork.finished_jobs'::regclass LOOP
                EXECUTE format('DROP TABLE %s', part);
            END LOOP;
        END $$""")


def send() -> int:
    """Send a job for each way to end in each lane; returns how many."""
    ways = ("returns", "fails", "transaction")
    with transaction():
        for what in ways:
            work.send(what)
            work_shortly.send(f"short {what}")
    return 2 * len(ways)


@pytest.mark.usefixtures("without_partitions")
def test_a_worker_makes_the_partition_of_today_and_tomorrow() -> None:
    """Every end of a long and of a short job is recorded; jobs of the long lane run once, none counts a retry."""
    number = send()
    with working(*QUEUES):
        eventually(lambda: len([state for state in look.states() if state in {"done", "dead"}]) == number)

    assert [0] * number == [each["retries"] for each in look.jobs()]
    assert {1} == {times for what, times in ran.items() if not what.startswith("short")}
    assert {"returns", "fails", "transaction"} < set(ran)
    with transaction() as conn:
        assert HISTORY.ahead - 1 == len(missing_ahead(conn, HISTORY))


@pytest.mark.usefixtures("without_partitions")
def test_where_it_cannot_be_made_failures_count_and_what_is_done_stays_with_its_process(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nothing runs a second time for it, and all is recorded when the partition is there."""
    refuse = patch.object(ledger, "create_history_partitions", side_effect=InsufficientPrivilege("no right"))
    monkeypatch.setattr(job, "create_history_partitions", lambda _: None)
    work.send("returns")
    work.send("fails")
    with working("t.history"):
        with refuse:
            eventually(lambda: sorted(each["state"] for each in look.jobs()) == ["running", "scheduled"])
        eventually(lambda: "done" in look.states())

    assert {"returns": 1, "fails": 1} == ran
    assert [0, 1] == sorted(each["retries"] for each in look.jobs())


def test_another_refusal_of_the_history_is_not_taken_for_a_missing_partition(database: str) -> None:
    """A CHECK of the table that a row violates has a name."""
    del database
    look.execute("ALTER TABLE bellwork.finished_jobs ADD CONSTRAINT odd CHECK (actor <> 't.history')")

    with pytest.raises(DatabaseError) as refused, transaction() as conn:
        conn.exec_driver_sql("SELECT bellwork.cancel(bellwork.enqueue('t.history'))")

    assert "odd" in str(refused.value)
    assert not ledger.lacks_partition(refused.value)
