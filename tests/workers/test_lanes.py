"""A queue is of one lane; an actor that asks for another is refused when it is declared."""

from __future__ import annotations

import dramatiq
import pytest

from bellwork.workers import broker


@dramatiq.actor(actor_name="t.in_long", queue_name="t.long_lane")
def long() -> None:
    """Belong to the long lane, as actors do by default."""


@dramatiq.actor(actor_name="t.in_short", queue_name="t.short_lane", lane="short")
def short() -> None:
    """Belong to the short lane."""


@pytest.mark.parametrize(
    ("queue", "lane", "other"), [("t.long_lane", "short", "long"), ("t.short_lane", "long", "short")]
)
def test_lanes_cannot_mix_in_a_queue(queue: str, lane: str, other: str) -> None:
    """The second actor is refused by name, and the queue stays what it was."""
    with pytest.raises(ValueError, match=rf"^actor 't\.mixed' of queue '{queue}' is for the {lane} lane, its other"):
        dramatiq.actor(actor_name="t.mixed", queue_name=queue, lane=lane)(long.fn)

    assert other == broker.lane(queue)
    assert "t.mixed" not in broker.actors


def test_there_are_two_lanes() -> None:
    """Another word is refused, with the two that are."""
    with pytest.raises(ValueError, match=r"^actor 't\.odd' asks for lane 'fast'; lanes are 'long' and 'short'$"):
        dramatiq.actor(actor_name="t.odd", queue_name="t.odd", lane="fast")(long.fn)
