"""`bellwork jobs explain` names what really keeps a job from running, and nothing else."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from bellwork.db import ledger
from bellwork.db.engine import transaction
from bellwork.db.ledger import NewJob
from bellwork.db.ledger.quarantine import suspicious_from
from bellwork.db.queries.limits import CRASHED_JOBS
from tests.db.ledger import ledger_jobs
from tests.ops.desk import ask
from tests.workers.look import execute

if TYPE_CHECKING:
    from collections.abc import Callable

OWN = {"name": ledger_jobs.ACTOR, "queue": "default", "priority": 0, "lane": "long"}
pytestmark = pytest.mark.usefixtures("database")


def known() -> None:
    """Let a worker live that listens and knows the actor."""
    ledger_jobs.appear()
    with transaction() as conn:
        ledger.register_actors(conn, [OWN])


def waiting(**facts: object) -> int:
    """Enqueue a job that is due."""
    return ledger_jobs.put(NewJob(ledger_jobs.ACTOR, **facts))[-1]  # type: ignore[arg-type]


def claimed() -> ledger.Claimed:
    """Enqueue a job and claim it by a worker that is alive."""
    known()
    return ledger_jobs.claim(ledger_jobs.appear(limit=60), [waiting()])[0]


def paused() -> int:
    """A job whose queue an operator paused."""
    known()
    with transaction() as conn:
        ledger.pause(conn, "default", "ann", "the model is down")
    return waiting()


def without_worker() -> int:
    """A job that nobody is there for, though somebody was."""
    ledger_jobs.appear(lease=-1)
    return waiting()


def of_nobody() -> int:
    """A job whose actor was never heard of."""
    ledger_jobs.appear("t.other")
    return waiting()


def of_a_removed_kind() -> int:
    """A job whose actor was known once, and is to no worker that lives."""
    known()
    execute("DELETE FROM bellwork.workers")
    ledger_jobs.appear("t.other")
    return waiting()


def in_a_queue_of_others() -> int:
    """A job whose queue one worker takes that does not know its actor, while one that knows it takes another."""
    known()
    execute("UPDATE bellwork.workers SET queues = '{other}'")
    ledger_jobs.appear("t.other")
    return waiting()


def of_a_removed_kind_where_nobody_listens() -> int:
    """A job that nobody could run even if he listened."""
    known()
    execute("DELETE FROM bellwork.workers")
    ledger_jobs.appear("t.other")
    execute("UPDATE bellwork.workers SET queues = '{other}'")
    return waiting()


def in_a_queue_that_nobody_hears() -> int:
    """A job in a queue that is not its actor's."""
    known()
    return waiting(queue="elsewhere")


def in_its_own_queue_that_nobody_hears() -> int:
    """A job in the queue of its actor, where all workers listen to others."""
    known()
    execute("UPDATE bellwork.workers SET queues = '{other}'")
    return waiting()


def quarantined() -> int:
    """A job of a kind that killed process after process."""
    known()
    for job in range(CRASHED_JOBS):
        execute("INSERT INTO bellwork.crashes (actor, job_id) VALUES (:actor, :job)", actor=ledger_jobs.ACTOR, job=job)
    return waiting()


def suspect() -> int:
    """A job that saw crashes."""
    known()
    job = waiting()
    execute("UPDATE bellwork.jobs SET crashes = :crashes", crashes=suspicious_from())
    return job


def lost() -> int:
    """A job whose worker vanished again and again, with all processes beside it."""
    known()
    job = waiting()
    execute("UPDATE bellwork.jobs SET attempt = 10, lost = 10")
    return job


def delayed() -> int:
    """A job of in six hours."""
    known()
    return waiting(delay=6 * 3600)


def failed() -> int:
    """A job that failed and is to be tried again."""
    job = claimed()
    with transaction() as conn:
        ledger.retry(conn, job.held, 600, {"error": "ValueError: no such topic"})
    return job.id


def snoozed() -> int:
    """A job that asked to wait."""
    job = claimed()
    with transaction() as conn:
        ledger.snooze(conn, job.held, 600)
    return job.id


def misfit() -> int:
    """A job whose arguments did not fit the worker that claimed it."""
    job = claimed()
    with transaction() as conn:
        error = f"its arguments {{new}} do not fit: missing; {ledger.WAITS}"
        assert ledger.wait_for_fit(conn, job.held, 300, {"error": error})
    return job.id


def behind_others() -> int:
    """A job of a queue with more urgent ones, and older ones."""
    known()
    waiting()
    waiting(priority=-5)
    return waiting()


def next_one() -> int:
    """A job that is about to be taken."""
    known()
    waiting(priority=5)
    return waiting()


def running() -> int:
    """A job that runs."""
    return claimed().id


def in_silent_hands() -> int:
    """A job whose worker's lease has run out."""
    job = claimed()
    execute("UPDATE bellwork.workers SET expires_at = now() - interval '1 minute'")
    return job.id


def in_no_hands() -> int:
    """A job whose worker's row is gone."""
    job = claimed()
    execute("DELETE FROM bellwork.workers")
    return job.id


def done() -> int:
    """A job that is done."""
    job = claimed()
    with transaction() as conn:
        ledger.finish(conn, [job.held])
    return job.id


def dead() -> int:
    """A job that is dead."""
    job = claimed()
    with transaction() as conn:
        ledger.mark_dead(conn, job.held, "out of retries (3)")
    return job.id


def cancelled() -> int:
    """A job that was cancelled."""
    known()
    job = waiting()
    with transaction() as conn:
        ledger.cancel(conn, [job], "not wanted")
    return job


CAUSES: dict[Callable[[], int], tuple[str, ...]] = {
    paused: ("queue 'default' is paused since ", "resume default"),
    without_worker: ("no worker is alive", "bellwork up"),
    of_nobody: (f"no worker has ever registered an actor '{ledger_jobs.ACTOR}'", f"rename {ledger_jobs.ACTOR} NEW"),
    of_a_removed_kind: (
        f"no live worker of queue 'default' knows actor '{ledger_jobs.ACTOR}' (listening: 1)",
        "WORK_MODULES",
    ),
    in_a_queue_of_others: (
        f"no live worker of queue 'default' knows actor '{ledger_jobs.ACTOR}' (listening: 1)",
        "--queues default",
    ),
    of_a_removed_kind_where_nobody_listens: ("no live worker listens to queue 'default'", "WORK_MODULES"),
    in_a_queue_that_nobody_hears: ("no live worker listens to queue 'elsewhere' (alive: 1)", "own queue is 'default'"),
    in_its_own_queue_that_nobody_hears: ("no live worker listens to queue 'default' (alive: 1)", "--queues default"),
    quarantined: (f"{ledger_jobs.ACTOR} is quarantined until ", "mend the actor"),
    suspect: ("so it waits for a process without other jobs", ""),
    lost: ("its worker vanished 10 times, with all processes beside it, so it waits for a process", ""),
    delayed: ("it is due in 6 h, at ", ""),
    failed: ("after 1 failure: ValueError: no such topic", ""),
    snoozed: ("it was put off 1 time: it asked to wait", ""),
    misfit: (" (for 5 min) for a worker that its arguments fit, and is dead then: its arguments {new}", "release"),
    behind_others: ("its turn has not come: 2 due jobs of its queue first; 0 jobs of it run", "more workers"),
    next_one: ("nothing stands against it: it is next in its queue, and 0 jobs of it run", ""),
    running: ("in process 1 on here", ""),
    in_silent_hands: ("in a worker that gives no sign of life: process 1 on here", "python -m bellwork.scheduler"),
    in_no_hands: ("no process that is known", "python -m bellwork.scheduler"),
    done: ("it was done at ", ""),
    dead: ("out of retries (3)", "bellwork jobs retry"),
    cancelled: (": not wanted", "puts it back"),
}


@pytest.mark.parametrize("cause", CAUSES, ids=lambda cause: cause.__name__)
def test_the_reason_is_named_with_what_mends_it(cause: Callable[[], int]) -> None:
    """One reason where there is one, on the terminal as in JSON; who runs a job is told when it will be killed, too."""
    said, mend = CAUSES[cause]
    job = cause()
    found = json.loads(ask("jobs", "explain", str(job), "--json").out)
    shown = ask("jobs", "explain", str(job)).out

    first = found["reasons"][0]
    assert said in first["said"], found
    assert mend in first["mend"], found
    assert said in shown
    assert (2 if cause is running else 1) == len(found["reasons"])


def test_all_reasons_are_named_at_once() -> None:
    """A delayed job in a paused queue without a worker is told all three, so that nobody has to ask three times."""
    with transaction() as conn:
        ledger.pause(conn, "default", "ann", "")
    job = waiting(delay=3600)
    reasons = json.loads(ask("jobs", "explain", str(job), "--json").out)["reasons"]

    assert ["it is due", "queue 'default' is", "no worker is"] == [" ".join(r["said"].split()[:3]) for r in reasons]


def test_what_a_misfit_waits_for_is_said_once() -> None:
    """The error that it carries ends with it, for lists; what else it may wait for later is told as for any job."""
    job = str(misfit())
    waits = ask("jobs", "explain", job).out
    execute("UPDATE bellwork.jobs SET run_at = now() + interval '2 hours'")

    assert "do not fit: missing\n" in waits
    assert 1 == waits.count("wait")
    assert "it was put off 1 time" in ask("jobs", "explain", job).out


def test_a_job_that_is_not_there_is_told() -> None:
    """One line, and exit code 1."""
    answer = ask("jobs", "explain", "999")

    assert (1, "bellwork: there is no job 999; finished jobs are kept for BELLWORK_HISTORY_DAYS\n") == (
        answer.code,
        answer.err,
    )
