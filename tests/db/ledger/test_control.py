"""What operators do: cancel, retry, rename, pause, resume."""

from __future__ import annotations

from bellwork.db import ledger
from bellwork.db.engine import transaction
from bellwork.db.ledger import NewJob
from tests.db.ledger import ledger_jobs

NEW = {"name": "t.new", "queue": "elsewhere", "priority": 0, "lane": "long"}


def test_a_cancelled_job_runs_no_more(database: str) -> None:
    """Waiting or running, it is cancelled with the reason; what is finished is left as it is."""
    del database
    running = ledger_jobs.claim_one()
    waiting = ledger_jobs.put()[-1]
    with transaction() as conn:
        cancelled = ledger.cancel(conn, [running.id, waiting, 999], "not wanted")
        finished = ledger.finish(conn, [running.held])

    assert ({running.id, waiting}, set()) == (set(cancelled), finished)
    assert ("cancelled", "not wanted") == (ledger_jobs.show(waiting)["state"], ledger_jobs.show(waiting)["reason"])


def test_a_dead_job_goes_back_with_fresh_counts(database: str) -> None:
    """Retried by hand, a job is due now, without retries and crashes, its errors kept and its fencing number too."""
    del database
    job = ledger_jobs.claim_one()
    with transaction() as conn:
        ledger.mark_dead(conn, job.held, "no use", {"error": "kept"})
        again = ledger.retry_finished(conn, [job.id])

    row = ledger_jobs.show(job.id)
    assert ([job.id], "available", 0, 1) == (again, row["state"], row["retries"], row["attempt"])
    assert ([{"error": "kept"}], 0) == (row["errors"], ledger_jobs.count("finished_jobs"))


def test_a_done_job_does_not_go_back(database: str) -> None:
    """What is done stays done."""
    del database
    job = ledger_jobs.claim_one()
    with transaction() as conn:
        ledger.finish(conn, [job.held])

        assert [] == ledger.retry_finished(conn, [job.id])


def test_of_one_key_only_one_goes_back(database: str) -> None:
    """Where the key waits again, and among several dead jobs of one key, no second one is put beside it."""
    del database
    for _ in range(2):
        [job] = ledger_jobs.put(NewJob(ledger_jobs.ACTOR, unique_key="k"))
        with transaction() as conn:
            ledger.cancel(conn, [job], "")
    with transaction() as conn:
        first = ledger.retry_finished(conn, [job - 1, job])
        second = ledger.retry_finished(conn, [job - 1, job])

    assert (1, 0, 1, 1) == (len(first), len(second), ledger_jobs.count(), ledger_jobs.count("finished_jobs"))


def test_waiting_jobs_go_to_another_actor(database: str) -> None:
    """On that one's queue, with a note of who did it; what runs, and the jobs of others, stay as they are."""
    del database
    with transaction() as conn:
        ledger.register_actors(conn, [NEW])
    running = ledger_jobs.claim_one()
    waiting, other = ledger_jobs.put(NewJob(ledger_jobs.ACTOR, args={"n": 1}), NewJob("t.other"))[-2:]
    with transaction() as conn:
        renamed = ledger.rename(conn, ledger_jobs.ACTOR, "t.new", "ann", 100)

    job, kept = ledger_jobs.show(waiting), [ledger_jobs.show(running.id)["actor"], ledger_jobs.show(other)["actor"]]
    assert ([waiting], "t.new", "elsewhere", {"n": 1}) == (renamed, job["actor"], job["queue"], job["args"])
    assert f"renamed from {ledger_jobs.ACTOR} by ann" == job["errors"][-1]["error"]
    assert [ledger_jobs.ACTOR, "t.other"] == kept


def test_no_job_goes_to_an_actor_that_nobody_registered(database: str) -> None:
    """A word that was mistyped renames nothing, and a limit is kept to."""
    del database
    ledger_jobs.put(*[NewJob(ledger_jobs.ACTOR) for _ in range(3)])
    with transaction() as conn:
        ledger.register_actors(conn, [NEW])
        asked = [("t.nwe", 100), ("t.new", 2), ("t.new", 100)]
        renamed = [len(ledger.rename(conn, ledger_jobs.ACTOR, new, "ann", limit)) for new, limit in asked]

    assert [0, 2, 1] == renamed


def test_a_queue_paused_twice_keeps_its_first_time(database: str) -> None:
    """The second pause changes who and why, not since when; resuming says whether there was a pause."""
    del database
    with transaction() as conn:
        ledger.pause(conn, "q", "ann", "first")
    with transaction() as conn:
        ledger.pause(conn, "q", "bob", "second")
        resumed = (ledger.resume(conn, "q", "ann", "it may go on"), ledger.resume(conn, "q", "ann", "it may go on"))

    assert (True, False) == resumed
