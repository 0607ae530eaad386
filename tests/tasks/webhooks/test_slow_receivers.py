"""A receiver that hangs, drips, cuts or never ends takes its own calls and time, and nobody else's."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from threading import Thread
from typing import TYPE_CHECKING

import httpcore
import pytest

from bellwork.db.engine import transaction
from bellwork.db.webhooks import Due, emit
from bellwork.tasks.webhooks.receiver import Client, call
from bellwork.workers.testing import drain, run_due
from tests.helpers import eventually
from tests.tasks.webhooks.receiver import CUT, DRIP, FLOOD, HANG
from tests.tasks.webhooks.told import DONE, added, deliveries, endpoint_row, one, told

if TYPE_CHECKING:
    from tests.tasks.webhooks.receiver import Receiver


@pytest.mark.parametrize(
    ("order", "said"),
    [(HANG, "did not answer within 3 s"), (DRIP, "did not answer within 3 s"), (CUT, "could not be reached")],
)
def test_a_call_is_bounded_as_a_whole(receiver: Receiver, order: str, said: str) -> None:
    """Each byte that drips begins no new deadline."""
    added(receiver.url())
    receiver.order(order)
    told()
    began = time.monotonic()
    drain("webhooks")
    [row] = deliveries()

    assert time.monotonic() - began < 9
    assert ("pending", 1, None) == (row["state"], row["tries"], row["status"])
    assert said in row["said"]


def test_an_answer_without_an_end_is_not_read_to_it(receiver: Receiver) -> None:
    """Its status counts; of a gigabyte no more is taken than what a connection holds, and memory stays as it is."""
    added(receiver.url())
    receiver.order(FLOOD)
    told()
    drain("webhooks")

    assert [("delivered", 200)] == [(d["state"], d["status"]) for d in deliveries()]
    assert receiver.written < 32 << 20


@pytest.mark.usefixtures("receiver")
def test_of_an_error_that_quotes_an_answer_little_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """The HTTP library quotes the whole of a line that is none of HTTP's: no row is filled by it, and nobody named."""

    def refuse(*_: object) -> None:
        quoted = "learner@school.example " * 2_000
        raise httpcore.RemoteProtocolError(f"illegal status line: bytearray(b'{quoted}')")

    monkeypatch.setattr(Client, "post", refuse)
    due = Due(1, 1, "msg_1", DONE, {}, datetime.now(UTC), 0, "https://receiver.example/", ())
    said = asyncio.run(call(Client(), due)).said or ""

    assert said.startswith("could not be reached: illegal status line")
    assert len(said) < 250
    assert "learner@school.example" not in said


def test_a_slow_receiver_delays_nobody_else_and_has_two_calls_at_once(receiver: Receiver) -> None:
    """While two calls of it hang, forty events reach another one; the next try of each is five seconds later."""
    slow, _ = added(receiver.url("/slow"))
    receiver.order(HANG, path="/slow")
    fast, _ = added(receiver.url("/fast"))
    with transaction() as conn:
        for number in range(40):
            emit(conn, DONE, {"enrollment_id": number})
    began = time.monotonic()
    sender = Thread(target=drain, args=("webhooks",))
    sender.start()
    eventually(lambda: len(receiver.events("/fast")) == 40, 20)
    took = time.monotonic() - began
    eventually(lambda: all(d["state"] == "delivered" for d in deliveries(fast)))
    held = endpoint_row(slow)["job_id"]
    receiver.order(200, path="/slow")

    eventually(lambda: {d["tries"] for d in deliveries(slow)} == {1}, 30)
    sender.join()

    assert took < 8
    assert receiver.most_open["/slow"] == 2
    assert receiver.most_open["/fast"] <= 2
    assert (True, None) == (held is not None, endpoint_row(slow)["job_id"])


def test_jobs_give_their_deliveries_to_the_sender_of_the_process(receiver: Receiver) -> None:
    """While one call hangs, ten more jobs end at once, and theirs are delivered by the sender that is there."""
    added(receiver.url("/slow"), "slow.thing")
    receiver.order(HANG, path="/slow")
    fast, _ = added(receiver.url("/fast"), DONE)
    told("slow.thing")
    sender = Thread(target=drain, args=("webhooks",))
    sender.start()
    eventually(lambda: receiver.events("/slow"))
    for number in range(10):
        told(enrollment_id=number)
    began = time.monotonic()
    assert run_due([job for job in _jobs() if job]) == 10
    ended = time.monotonic() - began
    eventually(lambda: len(receiver.events("/fast")) == 10, 5)
    eventually(lambda: {d["state"] for d in deliveries(fast)} == {"delivered"}, 5)
    receiver.order(200, path="/slow")
    sender.join(20)

    assert ended < 2.5
    assert len(receiver.events("/fast")) == 10


def _jobs() -> list[int]:
    found = one("SELECT array_agg(id) AS ids FROM bellwork.jobs WHERE state = 'available' AND queue = 'webhooks'")
    ids: list[int] = found["ids"]
    return ids
