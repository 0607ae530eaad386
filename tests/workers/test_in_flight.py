"""What is in flight is known by attempt, whatever threads do to the same job at once."""

from __future__ import annotations

from threading import Thread
from typing import Any
from uuid import uuid4

from bellwork.db.ledger import Claimed
from bellwork.workers import broker
from bellwork.workers.in_flight import InFlight


def claimed(attempt: int) -> Claimed:
    """Return an attempt at the same job."""
    return Claimed(1, "t.in_flight", "t.in_flight", {}, {}, 0, attempt, 0, 0, 0.0, uuid4(), attempt)


def test_an_attempt_that_is_claimed_while_the_one_before_is_forgotten_stays_known() -> None:
    """Forgotten is what was compared, and not what another thread puts in its place between that and the removal."""
    in_flight = InFlight(broker)
    [older] = in_flight.expect([claimed(1)])
    claiming = Thread(target=in_flight.expect, args=([claimed(2)],))

    class Claiming(dict[int, Any]):
        """Lets the other thread claim as soon as the job was looked up."""

        def get(self, key: int, default: Any = None) -> Any:
            found = super().get(key, default)
            claiming.start()
            claiming.join(0.2)
            return found

    in_flight.attempts = Claiming(in_flight.attempts)
    in_flight.forget([older])
    claiming.join()

    assert [2] == [attempt.number for attempt in in_flight.attempts.values()]


def test_what_is_lost_while_a_look_begins_is_looked_for() -> None:
    """It is asked once for each look whether something was lost, and what is lost afterwards is not forgotten."""
    in_flight = InFlight(broker)
    [attempt] = in_flight.expect([claimed(1)])
    in_flight.forget_unconfirmed([attempt])

    assert [True, False] == [in_flight.take_unconfirmed() for _ in range(2)]
    assert not in_flight.holds(attempt.held)
