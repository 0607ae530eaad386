"""flush, flush_all and join do to a queue of the ledger what they do to any broker's."""

from __future__ import annotations

import dramatiq
import pytest
from dramatiq.errors import QueueJoinTimeout, QueueNotFound

from bellwork.workers import LedgerBroker, broker
from tests.workers import look
from tests.workers.process import working


@dramatiq.actor(actor_name="t.whole", queue_name="t.whole")
def work() -> None:
    """Work."""


def test_a_flush_cancels_what_waits(database: str) -> None:
    """Due now or later, of this queue alone; a running job stays."""
    del database
    work.send()
    work.send_with_options(delay=60_000)
    work.send()
    look.execute("SELECT bellwork.enqueue('t.other', '{}', 't.other')")
    look.execute(
        "UPDATE bellwork.jobs SET state = 'running', attempt = 1, worker_id = gen_random_uuid(), claimed_at = now()"
        " WHERE id = (SELECT max(id) FROM bellwork.jobs WHERE queue = 't.whole')"
    )
    broker.flush("t.whole")
    broker.flush("t.whole")

    assert [("cancelled", "flushed")] * 2 == [(job["state"], job["reason"]) for job in look.jobs("t.whole")[:2]]
    assert (["cancelled", "cancelled", "running"], ["available"]) == (look.states("t.whole"), look.states("t.other"))


def test_flush_all_takes_the_declared_queues(database: str) -> None:
    """A queue that this broker does not know keeps its jobs."""
    del database
    work.send()
    look.execute("SELECT bellwork.enqueue('t.other', '{}', 't.elsewhere')")
    broker.flush_all()

    assert (["cancelled"], ["available"]) == (look.states("t.whole"), look.states("t.other"))


def test_join_waits_until_nothing_is_unfinished(database: str) -> None:
    """It returns when the last job is done, and says which queue was not finished in time."""
    del database
    work.send()
    with pytest.raises(QueueJoinTimeout, match=r"t\.whole"):
        broker.join("t.whole", timeout=100)
    with working("t.whole"):
        broker.join("t.whole", timeout=20_000)

    assert ["done"] == look.states("t.whole")


def test_an_unknown_queue_is_named() -> None:
    """As for a consumer, QueueNotFound."""
    bare = LedgerBroker()
    for verb in (bare.flush, bare.join):
        with pytest.raises(QueueNotFound):
            verb("t.nowhere")
