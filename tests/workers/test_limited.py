"""A queue with a limit: no more of its jobs run at once than it says, whoever claims them, and none waits for ever."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import dramatiq
import pytest

from bellwork.db import ledger
from bellwork.db.engine import transaction
from bellwork.db.ledger import ChangedBy, NewJob
from bellwork.workers import broker, consumer
from bellwork.workers.attempt import LedgerMessage
from bellwork.workers.consumer import LedgerConsumer
from bellwork.workers.testing import _appear
from tests.db.ledger import hands, ledger_jobs
from tests.helpers import eventually
from tests.ops.desk import ask
from tests.workers import look

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

    from bellwork.db.ledger import Claimed
    from bellwork.workers.attempt import Attempt

pytestmark = pytest.mark.usefixtures("database")
QUEUE, JOBS, LIMIT = "t.limited", 40, 3


@dramatiq.actor(actor_name="t.limit", queue_name=QUEUE)
def work(number: int) -> None:
    """Work."""


@pytest.fixture
def scarce() -> Iterator[LedgerConsumer]:
    """A consumer of a registered process with enough free threads."""
    _appear()
    with (
        patch.multiple(broker.capacity, _threads=10, _acquired=0, _speed=0.0, _released=0),
        patch.object(consumer, "_FULL", 0.001),
    ):
        yield LedgerConsumer(broker, QUEUE)


def limited(at_once: int | None, queue: str = QUEUE) -> bool:
    """Set the limit."""
    return bool(hands.act(ledger.set_limit, queue, at_once, ChangedBy("ann", "the model is slow")))


def take(worker: UUID, most: int = 10) -> list[Claimed]:
    """Claim from the limited queue of the ledger."""
    with transaction() as conn:
        return ledger.claim_limited(conn, worker, "default", [ledger_jobs.ACTOR], most).claimed


def test_however_many_claim_at_once_no_more_run() -> None:
    """Eight workers claim and finish side by side: never do more than the limit run, and all jobs are done."""
    limited(LIMIT, "default")
    ledger_jobs.put(*[NewJob(ledger_jobs.ACTOR)] * JOBS)
    workers, together, most = [ledger_jobs.appear() for _ in range(8)], Barrier(8), []

    def claim_and_finish(worker: UUID) -> int:
        done = 0
        together.wait(60)
        for _ in range(200):
            claimed = take(worker)
            most.append(hands.ask("SELECT count(*) FROM bellwork.jobs WHERE state = 'running'"))
            with transaction() as conn:
                done += len(ledger.finish(conn, [job.held for job in claimed])) if claimed else 0
            if not ledger_jobs.count():
                break
        return done

    with ThreadPoolExecutor(8) as pool:
        done = list(pool.map(claim_and_finish, workers))

    assert JOBS == sum(done)
    assert max(most) == LIMIT


def test_claims_by_id_and_polls_take_nothing_from_it() -> None:
    """They have not counted; without the limit they take all."""
    limited(1, "default")
    worker, ids = ledger_jobs.appear(), ledger_jobs.put(NewJob(ledger_jobs.ACTOR), NewJob(ledger_jobs.ACTOR))

    def poll() -> list[Claimed]:
        return list(hands.act(ledger.claim_next, worker, "default", [ledger_jobs.ACTOR], 5))

    assert ([], [], 1, []) == (ledger_jobs.claim(worker, ids), poll(), len(take(worker)), take(worker))
    limited(None, "default")
    assert 1 == len(poll())


def test_the_most_urgent_job_goes_first_and_a_pause_holds_it() -> None:
    """As in any queue."""
    limited(1, "default")
    *_, urgent = ledger_jobs.put(NewJob(ledger_jobs.ACTOR), NewJob(ledger_jobs.ACTOR, priority=-5))
    worker = ledger_jobs.appear()
    hands.act(ledger.pause, "default", "ann", "a test")

    assert [] == take(worker)
    hands.act(ledger.resume, "default", "ann", "a test")
    assert [urgent] == [job.id for job in take(worker)]


def step(consumer_: LedgerConsumer) -> list[Attempt]:
    """Let it take what it may, for threads that are all free; returns the attempts that it took."""
    broker.capacity.release(broker.capacity._acquired)
    consumer_._take()
    taken = [message.attempt for message in consumer_.ready if isinstance(message, LedgerMessage)]
    consumer_.ready.clear()
    return taken


def test_a_consumer_claims_up_to_the_limit_and_goes_on_when_one_ends(scarce: LedgerConsumer) -> None:
    """Full, it takes no ids from the due set and looks again in a moment; with room, it claims at once."""
    for number in range(5):
        work.send(number)
    limited(2)
    taken = [attempt for _ in range(4) for attempt in step(scarce)]

    assert (2, 3, True) == (look.states().count("running"), look.states().count("available"), scarce.full)
    with transaction() as conn:
        assert ledger.finish(conn, [taken[0].held])
    scarce.in_flight.forget(taken[:1])
    assert 1 == len(step(scarce))
    assert 2 == look.states().count("running")
    limited(None)

    def all_run() -> bool:
        step(scarce)
        return "available" not in look.states()

    eventually(all_run, 30)
    assert not scarce.full


def told(*words: str) -> Any:
    """Return a command's document."""
    answer = ask(*words, "--json")
    assert 0 == answer.code, answer.err
    return json.loads(answer.out)


def test_an_operator_sets_a_limit_and_sees_it() -> None:
    """Who and why stand with the queue and in the explanation of a job that waits for it; each change is an act."""
    worker, ids = ledger_jobs.appear(), ledger_jobs.put(NewJob(ledger_jobs.ACTOR), NewJob(ledger_jobs.ACTOR))
    by = ("--by", "ann", "--reason", "the model is slow")
    found = told("queues", "limits", "default", "--concurrency", "1", *by)

    assert (1, "ann", "the model is slow", 0, True) == tuple(
        found[name] for name in ("at_once", "limited_by", "limit_reason", "running", "changed")
    )
    [running] = take(worker)
    [waits] = {*ids} - {running.id}
    assert "1 job of it runs, 1 may, set by ann: the model is slow" in ask("queues", "limits", "default").out
    explained = ask("explain", "job", str(waits)).out
    assert "queue 'default' is full: 1 of its jobs run, and 1 may, says ann: the model is slow" in explained
    assert not told("queues", "limits", "default", "--concurrency", "1")["changed"]
    assert told("queues", "limits", "default", "--concurrency", "none")["changed"]
    acts = told("acts", "--on", "queue default")["acts"]
    assert [({"at_once": 1}, {}), ({}, {"at_once": 1})] == [
        tuple({name: act[side][name] for name in act[side] if name == "at_once"} for side in ("before", "after"))
        for act in acts
    ]
    assert [2, 2, 1] == [
        ask("queues", "limits", *words).code
        for words in (("default", "--concurrency", "0"), ("default", "--concurrency", "many"), ("nowhere",))
    ]


def test_a_queue_is_drained() -> None:
    """Nothing is claimed any more, and the command ends when what ran has ended, or after a while, and says which."""
    worker, [running, waits] = (
        ledger_jobs.appear(),
        ledger_jobs.put(NewJob(ledger_jobs.ACTOR), NewJob(ledger_jobs.ACTOR)),
    )
    [job] = ledger_jobs.claim(worker, [running])
    by = ("--by", "ann", "--reason", "an upgrade")
    late = ask("queues", "drain", "default", "--patience", "1s", "--json", *by)

    assert (1, {"queue": "default", "paused": True, "running": 1, "drained": False}) == (
        late.code,
        json.loads(late.out),
    )
    assert [] == ledger_jobs.claim(worker, [waits])
    with transaction() as conn:
        assert ledger.finish(conn, [job.held])
    answer = ask("queues", "drain", "default", *by)
    assert (0, "Queue 'default' is paused, and none of its jobs runs.\n") == (answer.code, answer.out)
    assert 1 == ask("queues", "drain", "nowhere", *by).code
