"""Test helpers for users of the engine: run one job here and now, drain queues, look at what was enqueued.

They work on the real ledger (DATABASE_URL) and need neither Redis nor a worker process.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dramatiq.middleware import Interrupt, SkipMessage

from bellwork.db import ledger
from bellwork.db.engine import transaction
from bellwork.db.ledger.rehearse import next_due, pull_up
from bellwork.db.plain import plain_arguments
from bellwork.workers.as_job import as_job
from bellwork.workers.attempt import Attempt, BatchMessage, LedgerMessage
from bellwork.workers.broker import broker
from bellwork.workers.presence import register
from bellwork.workers.settle import settle

if TYPE_CHECKING:
    from dramatiq.actor import Actor


def run_inline(actor: Actor[Any, Any], **kwargs: Any) -> dict[str, Any]:
    """Enqueue a job and run it at once on this thread, with every rule of the engine; returns its row afterwards."""
    with transaction() as conn:
        [due] = ledger.enqueue(conn, [as_job(broker, actor.message(**kwargs))])
    run_due([due.id])
    with transaction() as conn:
        return ledger.show_job(conn, due.id) or {}


def drain(*queues: str, later: bool = False, most: int = 1_000) -> int:
    """Run what is due in the queues (all of them by default) until nothing is; returns how many attempts ran.

    With `later`, jobs that wait for their time (retries, snoozes, delays) are made due first: no test has to sleep.
    Raises RuntimeError after `most` attempts, for a job that comes back for ever, and where a job is due that nothing
    here can run, because no actor of its name is loaded.
    """
    ran = turns = 0
    _appear()  # what was enqueued by name before the actor was registered is moved to its queue
    while True:
        with transaction() as conn:
            if later:
                pull_up(conn)
            due = next_due(conn, queues or list(broker.queues))
        if due is None:
            return ran
        if due.actor not in broker.actors:
            msg = (
                f"job {due.id} is due and no actor {due.actor!r} is loaded here, so drain() cannot run it; import the"
                " module that declares it, or name the queues to drain"
            )
            raise RuntimeError(msg)
        ran += run_due([due.id])
        turns += 1
        if turns > most:
            msg = f"still not drained after {turns} attempts"
            raise RuntimeError(msg)


def run_due(ids: list[int]) -> int:
    """Claim and run the given jobs on this thread, as a worker would; returns how many were claimed."""
    _appear()
    with transaction() as conn:
        claimed = ledger.claim(conn, broker.worker_id, ids, list(broker.actors))
    for job in claimed:
        _run(Attempt(job))
    return len(claimed)


def enqueued(actor_name: str | None = None) -> list[dict[str, Any]]:
    """List the unfinished jobs (of one actor), the oldest first."""
    with transaction() as conn:
        jobs = ledger.list_jobs(conn, actor=actor_name, limit=10_000)
    return [job for job in reversed(jobs) if job["state"] in {"available", "scheduled", "running"}]


def assert_enqueued(actor_name: str, **args: Any) -> dict[str, Any]:
    """Return the one unfinished job of this actor whose arguments include `args`; raises AssertionError otherwise."""
    jobs = enqueued(actor_name)
    written = plain_arguments(actor_name, args)
    found = [job for job in jobs if all(job["args"].get(name) == value for name, value in written.items())]
    if len(found) != 1:
        waiting = [job["args"] for job in jobs]
        msg = f"expected one job of {actor_name!r} with {args!r}, found {len(found)}; waiting are {waiting!r}"
        raise AssertionError(msg)
    return found[0]


def _run(attempt: Attempt) -> None:
    if broker.lane(attempt.queue) == "short":
        broker.batch_actor(BatchMessage(attempt.queue, [attempt]).attempts)
        return
    message = LedgerMessage(attempt)
    try:
        broker.emit_before("process_message", message)
        result = None if message.failed else broker.get_actor(attempt.actor)(**message.kwargs)
        broker.emit_after("process_message", message, result=result)
    except SkipMessage as skip:
        if message.failed:
            message.stuff_exception(skip)
        broker.emit_after("skip_message", message)
    except (Exception, Interrupt) as error:  # noqa: BLE001 - as in Dramatiq's worker: whatever is raised is the job's outcome
        message.stuff_exception(error)
        broker.emit_after("process_message", message, exception=error)
    settle(broker, attempt)
    broker.finisher.drain(timeout=10)
    broker.acknowledge(message)
    message.clear_exception()


def _appear() -> None:
    with transaction() as conn:
        known = ledger.is_known(conn, broker.worker_id)
    if not known:
        register(broker)
    with transaction() as conn:
        ledger.beat(conn, [broker.worker_id], lease=3600)
