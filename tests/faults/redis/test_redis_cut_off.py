"""Redis cut off from some of the processes, answering into the void, or gone for all: no job is lost or runs twice."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

import pytest

from bellwork.db.engine import transaction
from tests.faults import actors, invariants
from tests.faults.ground import effects
from tests.faults.orders import ask, assert_once, is_done
from tests.helpers import eventually

if TYPE_CHECKING:
    from tests.faults.redis_fleet import Fleet

#: Seconds until everything is done in spite of it.
BOUND = 15.0
REQUESTS = 20


@pytest.mark.parametrize("trouble", ["refuse", "mute", pytest.param("black_hole", marks=pytest.mark.soak)])
@pytest.mark.parametrize("whose", ["worker", "scheduler"])
def test_r6_redis_cut_off_from_one_process(whose: str, trouble: str, fleet: Fleet) -> None:
    """Refused or unanswered: all is done once within 15 s, and within 15 s of the end all listen again.

    Unheard as well as unanswered is the same to whoever asks, and for soaks.
    """
    getattr(fleet.ways[whose], trouble)()
    _work(f"{whose}-{trouble}")
    fleet.ways[whose].heal()
    fleet.await_listeners()


@pytest.mark.parametrize(("whose", "command"), [("worker", "BZMPOP"), ("rest", "ZADD"), ("scheduler", "ZADD")])
def test_r6_a_lost_answer_of_redis(whose: str, command: str, fleet: Fleet) -> None:
    """Ids were taken out or put in, and the answer never came: all is done once within 15 s."""
    fleet.ways[whose].lose_reply(command.encode())
    _work(f"{whose}-lost-{command}")


def test_r6_redis_gone_for_everybody(fleet: Fleet) -> None:
    """Asked and done while it is stopped: the workers read the ledger, and listen again when it is back."""
    fleet.valkey.kill()
    _work("gone")
    fleet.valkey.start()
    fleet.await_listeners()


def _work(name: str) -> None:
    """Have requests filmed, and one job more that is due a little later; see that all of it happened once."""
    began = time.monotonic()
    with transaction():
        for number in range(REQUESTS):
            ask(f"{name}-{number}")
        actors.nap.send_with_options(kwargs={"name": f"later-{name}"}, delay=200)
    eventually(lambda: is_done(f"{name}-%", REQUESTS), BOUND)
    done = time.monotonic() - began
    eventually(lambda: effects(f"later-{name}"), BOUND)
    sys.stdout.write(f"R6 {name}: {done:.2f} s, the delayed job {time.monotonic() - began:.2f} s\n")

    assert_once(f"{name}-%", REQUESTS)
    invariants.check()
