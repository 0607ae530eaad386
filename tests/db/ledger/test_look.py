"""What operators look at agrees with what is in the ledger."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from sqlalchemy import text

from bellwork.db import ledger, registered
from bellwork.db.engine import psycopg_of, transaction
from bellwork.db.ledger import NewJob
from tests.db.ledger import ledger_jobs

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy import Connection


def test_depths_tell_due_scheduled_and_running_apart(database: str) -> None:
    """Each unfinished job is counted once, and the oldest due one gives the age."""
    del database
    running = ledger_jobs.claim_one()
    ledger_jobs.put(
        NewJob(ledger_jobs.ACTOR, delay=-100), NewJob(ledger_jobs.ACTOR), NewJob(ledger_jobs.ACTOR, delay=600)
    )
    with transaction() as conn:
        [depth] = ledger.queue_depths(conn)

    assert (running.queue, 2, 1, 1) == (depth["queue"], depth["due"], depth["scheduled"], depth["running"])
    assert 100 <= depth["oldest_due_seconds"] < 200


def test_jobs_are_listed_by_what_is_asked(database: str) -> None:
    """State (scheduled too), actor and queue each narrow the list; finished jobs are in it."""
    del database
    done = ledger_jobs.claim_one()
    with transaction() as conn:
        ledger.finish(conn, [done.held])
        ledger.enqueue(conn, [NewJob("t.a", queue="a", delay=60), NewJob("t.b", queue="b")])

        assert ["t.a"] == [job["actor"] for job in ledger.list_jobs(conn, state="scheduled")]
        assert ["t.b"] == [job["actor"] for job in ledger.list_jobs(conn, actor="t.b")]
        assert ["t.a"] == [job["actor"] for job in ledger.list_jobs(conn, queue="a")]
        assert [done.id] == [job["id"] for job in ledger.list_jobs(conn, state="done")]
        assert ledger.show_job(conn, 999) is None


@pytest.mark.parametrize("state", ["done", "dead", "cancelled"])
def test_finished_jobs_are_listed_by_any_of_it(database: str, state: str) -> None:
    """The newest first, by state, actor and queue in every combination, and no other; `before` goes on from there."""
    del database
    pairs = [("t.a", "one"), ("t.a", "two"), ("t.b", "one"), ("t.b", "two")]
    ids: dict[tuple[str, str], int] = {}
    for actor, queue in pairs:
        ledger_jobs.put(NewJob(actor, queue=queue))
        ids[actor, queue] = _end(max(ledger_jobs.states()), actor, state)
    for asked in product((None, "t.a", "t.b", "t.c"), (None, "one", "two", "three")):
        wanted = sorted((ids[pair] for pair in pairs if not set(asked) - {None, *pair}), reverse=True)
        with transaction() as conn:
            assert wanted == [job["id"] for job in ledger.list_jobs(conn, state, *asked)]
            assert wanted == [job["id"] for job in ledger.list_jobs(conn, None, *asked)]
            assert wanted[:1] == ledger.find_jobs(conn, ledger.Which(state, *asked), 1).ids
            if wanted:
                assert wanted[1:] == ledger.find_jobs(conn, ledger.Which(state, *asked), 9, before=wanted[0]).ids
            assert [] == ledger.list_jobs(conn, "running", *asked)


def test_there_is_no_other_state(database: str) -> None:
    """A slip is named, with the states that there are."""
    del database
    with (
        transaction() as conn,
        pytest.raises(ValueError, match="no state 'finished'; the states of a job are scheduled"),
    ):
        ledger.list_jobs(conn, state="finished")


def test_depths_are_the_same_in_sql(database: str) -> None:
    """The view `bellwork.queue_depth` says of each queue what the commands say, paused or empty."""
    del database
    ledger_jobs.claim_one()
    ledger_jobs.put(NewJob(ledger_jobs.ACTOR, delay=-100), NewJob("t.b", queue="b", delay=60))
    with transaction() as conn:
        ledger.register_actors(conn, [{"name": "t.c", "queue": "c", "priority": 0, "lane": "long"}])
        ledger.pause(conn, "c", "ops", "why")
        told = ledger.queue_depths(conn)
        shown = [
            dict(row) for row in conn.execute(text("SELECT * FROM bellwork.queue_depth ORDER BY queue")).mappings()
        ]

    without = [{name: value for name, value in row.items() if name != "paused_until"} for row in told]
    assert [{**row, "oldest_due_seconds": float(row["oldest_due_seconds"])} for row in shown] == without


def test_what_nobody_knows_and_where_nobody_listens_is_told_apart(database: str) -> None:
    """A queue without a listener and an actor without a worker are two things; a silent worker counts for neither."""
    del database
    ledger_jobs.appear("t.known", lease=60)
    ledger_jobs.appear("t.gone", lease=-1)
    ledger_jobs.put(NewJob("t.known"), NewJob("t.known", queue="typo", delay=60), NewJob("t.gone"))
    with transaction() as conn:
        kinds = ledger.backlog(conn)

        assert [("typo", 1)] == [(row["queue"], row["waiting"]) for row in ledger.unheard_queues(conn, kinds)]
        assert [("t.gone", 1)] == [(row["actor"], row["waiting"]) for row in ledger.unknown_actors(conn, kinds)]
        assert ledger.unheard_queues(conn) == ledger.unheard_queues(conn, kinds)


def test_workers_are_listed_with_what_they_run(database: str) -> None:
    """A worker's line tells the seconds left of its lease and its running jobs."""
    del database
    ledger_jobs.claim_one()
    with transaction() as conn:
        [worker] = registered.workers(psycopg_of(conn))

    assert 1 == worker["running"]
    assert 0 < worker["lease_left"] <= 60


def test_each_set_of_actors_is_listed_once(database: str) -> None:
    """Workers with the same actors, whatever their limits, are together in one set; other actors have another name."""
    del database
    with transaction() as conn:
        twins = [_register(conn, {"t.b": 1.0, "t.a": None}), _register(conn, {"t.a": None, "t.b": 2.0})]
        single = _register(conn, {"t.a": None})
        [both, alone] = sorted(registered.actor_sets(psycopg_of(conn)), key=lambda each: -len(each.workers))

    assert (["t.a", "t.b"], set(twins)) == (both.actors, set(both.workers))
    assert (["t.a"], [single]) == (alone.actors, alone.workers)
    assert both.name != alone.name


def _register(conn: Connection, actors: dict[str, float | None]) -> UUID:
    worker = ledger.Worker(uuid4(), "here", 1, 1, ["default"], actors)
    ledger.register_worker(conn, worker, 60)
    return worker.id


def _end(job: int, actor: str, state: str) -> int:
    """Bring a job to its end; returns its id."""
    with transaction() as conn:
        if state == "cancelled":
            ledger.cancel(conn, [job], "")
            return job
    [claimed] = ledger_jobs.claim(ledger_jobs.appear(actor), [job], actor)
    with transaction() as conn:
        if state == "done":
            ledger.finish(conn, [claimed.held])
        else:
            ledger.mark_dead(conn, claimed.held, "no")
    return job
