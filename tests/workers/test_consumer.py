"""One round of a consumer, step by step, in the situations that a whole worker meets only by chance."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING
from unittest.mock import patch

import dramatiq
import pytest

from bellwork.db import ledger
from bellwork.db.engine import transaction
from bellwork.workers import bell, broker, due_set
from bellwork.workers.bell import drain
from bellwork.workers.consumer import LedgerConsumer
from bellwork.workers.testing import _appear
from tests.workers import look
from tests.workers.process import patient_with_redis

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

    from bellwork.workers import LedgerBroker

QUEUE = "t.consumer"


@dramatiq.actor(actor_name="t.consumed", queue_name=QUEUE)
def work(number: int) -> None:
    """Work."""


@pytest.fixture
def consumer(database: str) -> Iterator[LedgerConsumer]:
    """A consumer of a registered process with one free thread."""
    del database
    # Made anew inside, the clients of Redis have the patience, and no failure of before is known.
    with patient_with_redis(), patch.multiple(broker.capacity, _threads=1, _acquired=0, _speed=0.0, _released=0):
        due_set.forget()
        _appear()
        yield LedgerConsumer(broker, QUEUE)


def send(*numbers: int) -> None:
    """Send jobs, and wait until the due set has them all: a thread of its own tells it."""
    for number in numbers:
        work.send(number)
    drain(60)
    assert not bell._waiting.unfinished_tasks


def test_a_free_thread_gets_one_job(consumer: LedgerConsumer) -> None:
    """One of two jobs is claimed, for the one thread, and takes its slot."""
    send(1, 2)
    consumer._take()

    assert (["running", "available"], 1, 0) == (look.states(), len(consumer.ready), broker.capacity.wait(0))


def test_no_free_thread_is_no_reason_to_give_up_redis(consumer: LedgerConsumer) -> None:
    """Where another queue took the last thread meanwhile, nothing is asked of the due set, and it stays usable."""
    send(1)
    broker.capacity.acquire(1)
    before = due_set._broken_until
    consumer._take()

    assert (before, 0, ["available"]) == (due_set._broken_until, len(consumer.ready), look.states())


def test_behind_the_end_of_a_bounded_set_the_books_are_read_at_once(consumer: LedgerConsumer) -> None:
    """As many ids as asked for may have been the last there are, and not the last job: nobody waits for more."""
    send(1)
    look.execute("SELECT bellwork.enqueue('t.consumed', jsonb_build_object('number', 2), 't.consumer')")
    consumer._take()
    assert (["running", "available"], True) == (look.states(), consumer.behind)

    broker.capacity.release()
    with patch.object(due_set, "wait", lambda *_: pytest.fail("it is not the time to wait for the due set")):
        consumer._take()

    assert ["running", "running"] == look.states()


def test_between_dear_looks_what_nobody_announced_is_found(consumer: LedgerConsumer) -> None:
    """Looks begin where jobs were claimed last, by their ids too, and also after a look at everything found nothing."""
    send(1)
    consumer._take()
    for whole in (False, True):
        consumer.ready.clear()
        broker.capacity.release()
        consumer.behind = whole
        if whole:
            consumer._take()
        look.execute("SELECT bellwork.enqueue('t.consumed', jsonb_build_object('number', 2), 't.consumer')")
        due_set.client().delete(due_set.key(QUEUE))
        consumer.behind = True
        with patch.object(consumer.poller.pace, "is_due", lambda: False):
            consumer._take()

    assert ["running"] * 3 == look.states()


def test_a_slow_poll_of_the_queue_is_made_by_one_of_the_fleet(consumer: LedgerConsumer) -> None:
    """While another has it, this one begins where it knows of jobs, and reconciles nothing either."""
    consumer.poller.pace.slow = True
    send(1)
    due_set.client().delete(due_set.key(QUEUE))
    assert due_set.take_poll_lock(QUEUE, 60)
    consumer.behind = True
    consumer._take()
    spared = look.states()
    due_set.client().flushall()
    consumer.poller.pace.put_off(0)
    consumer.behind = True
    consumer._take()

    assert (["available"], ["running"]) == (spared, look.states())


def test_a_lost_answer_is_looked_after_at_once_however_dear_that_is(consumer: LedgerConsumer) -> None:
    """What the ledger shows as ours and is not in flight goes back, though the reconciliation was due much later."""
    send(1)
    with transaction() as conn:
        [lost] = ledger.claim_next(conn, broker.worker_id, QUEUE, ["t.consumed"], 1)
    consumer.poller.reconciliation._next = float("inf")
    consumer.behind = consumer.in_flight.unconfirmed = True
    consumer._take()

    assert [(lost.id, 2)] == [(attempt.id, attempt.number) for attempt in consumer.in_flight.attempts.values()]


def test_who_was_declared_gone_notices_while_the_due_set_is_full(consumer: LedgerConsumer) -> None:
    """Ids that give no row make the consumer look whether its process is still known, and register it anew."""
    send(1, 2)
    before = broker.worker_id
    look.execute("DELETE FROM bellwork.workers")
    consumer._take()
    unclaimed = look.states()
    consumer._take()

    assert (["available", "available"], ["available", "running"]) == (unclaimed, look.states())
    assert before != broker.worker_id


def test_what_is_claimed_is_handed_back_at_the_close(consumer: LedgerConsumer) -> None:
    """Closed before a thread had it, a job is available again and its slot is free."""
    send(1)
    consumer._take()
    consumer.close()

    assert (["available"], 1, {}) == (look.states(), broker.capacity.wait(0), consumer.in_flight.attempts)


def test_an_id_is_used_only_when_it_is_registered(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """While a worker registers anew, its threads go on under the old id: none of them takes the new one for gone."""
    del database
    used: list[bool] = []
    gone = broker.worker_id

    def look(broker_: LedgerBroker, new: UUID) -> None:
        used.append(broker_.worker_id == new)

    # The package exports the broker under the name of its module.
    monkeypatch.setattr(import_module("bellwork.workers.broker"), "register", look)
    broker.register_anew(gone)
    broker.register_anew(gone)

    assert [False] == used
    assert gone != broker.worker_id


def test_the_end_of_an_older_attempt_does_not_make_a_newer_one_unknown(consumer: LedgerConsumer) -> None:
    """Between the commit of a hand-back and the end of its thread the job may be claimed again: that attempt runs."""
    send(1)
    consumer._take()
    [older] = consumer.in_flight.attempts.values()
    with transaction() as conn:
        ledger.release(conn, [older.held])
    broker.capacity.release()
    consumer.behind = True
    consumer._take()
    consumer.in_flight.forget([older])

    assert [2] == [attempt.number for attempt in consumer.in_flight.attempts.values()]
