"""Redis that hangs or crawls: who enqueues does not wait for it, and the workers read the ledger meanwhile."""

from __future__ import annotations

import signal
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from statistics import median
from typing import TYPE_CHECKING

import pytest
import redis

from tests.faults import actors, invariants
from tests.faults.ground import effects, jobs
from tests.helpers import eventually

if TYPE_CHECKING:
    from tests.faults.own_valkey import OwnValkey
    from tests.faults.redis_fleet import Fleet

#: Seconds from a job's enqueue to its end while Redis hangs, on a busy machine: a pop is given up, the ledger is read.
MEANWHILE = 6.0
#: Seconds an enqueue takes at most, for half of them and for the slowest: a commit takes a few milliseconds, also on a
#: busy machine less than a slow Redis (0.2 s) or one that is given up (SOON of redis_client, 1 s).
HALF, SLOWEST = 0.15, 0.9
#: Seconds until nothing is stuck any more once Redis answers again.
AFTERWARDS = 30.0
_BUSY = "local s = redis.call('TIME')[1] + ARGV[1]; while redis.call('TIME')[1] + 0 < s do end"


@dataclass
class Took:
    """How long each enqueue took, and each job from its enqueue to its end, in seconds."""

    enqueues: list[float] = field(default_factory=list)
    jobs: list[float] = field(default_factory=list)

    def __str__(self) -> str:
        enqueues = f"half of the enqueues took {median(self.enqueues) * 1000:.1f} ms, one {max(self.enqueues):.2f} s"
        return f"{enqueues}; half of {len(self.jobs)} jobs {median(self.jobs):.2f} s, one {max(self.jobs):.2f} s"


@pytest.mark.parametrize(
    ("times", "seconds"),
    [(1, 8), pytest.param(3, 8, marks=pytest.mark.soak), pytest.param(1, 60, marks=pytest.mark.soak)],
)
def test_r3_a_frozen_redis_holds_up_nothing(times: int, seconds: int, fleet: Fleet) -> None:
    """Frozen for longer than any patience: each job is done within seconds, and none is stuck 30 s afterwards.

    Frozen three times, or for a minute, it takes as long as it says, which is for soaks.
    """
    for time_ in range(times):
        fleet.valkey.signal(signal.SIGSTOP)
        _work(f"frozen-{seconds}-{time_}", seconds)
        fleet.valkey.signal(signal.SIGCONT)
    eventually(lambda: len(jobs("frozen-%")) == len(jobs("frozen-%", "done")), AFTERWARDS)

    invariants.check()


@pytest.mark.parametrize(
    ("what", "seconds"),
    [
        ("paused", 2),
        pytest.param("paused", 10, marks=pytest.mark.soak),
        pytest.param("busy", 6, marks=pytest.mark.soak),
    ],
)
def test_r4_an_enqueue_waits_for_no_redis_that_hangs(what: str, seconds: int, fleet: Fleet) -> None:
    """Clients paused, or a script that runs on: an enqueue takes as long as its commit.

    Longer than two seconds, or by a script, it is the same again, and for soaks.
    """
    hang = {"paused": _pause, "busy": _run_a_script}[what]
    with ThreadPoolExecutor(1) as other, redis.Redis.from_url(fleet.valkey.url, socket_timeout=60) as client:
        hanging = other.submit(hang, client, seconds)
        eventually(lambda: _hangs(fleet.valkey), MEANWHILE)
        took = _work(f"{what}-{seconds}", seconds - 0.5)
        hanging.result()

    assert median(took.enqueues) < HALF
    assert max(took.enqueues) < SLOWEST
    invariants.check()


def test_r4_an_enqueue_waits_for_no_redis_that_is_slow(fleet: Fleet) -> None:
    """Each command takes 200 ms: an enqueue takes as long as its commit, and workers take what they are offered."""
    for way in fleet.ways.values():
        way.delay(0.2)
    took = _work("slow", 2)

    assert median(took.enqueues) < HALF
    assert max(took.enqueues) < SLOWEST
    invariants.check()


def _work(name: str, seconds: float) -> Took:
    """Send one job after the other for a while, waiting until each is done."""
    took, began = Took(), time.monotonic()
    while time.monotonic() - began < seconds:
        each, sent = f"{name}-{len(took.jobs)}", time.monotonic()
        actors.nap.send(name=each)
        took.enqueues.append(time.monotonic() - sent)
        eventually(lambda: effects(each), MEANWHILE)  # noqa: B023 - it is called at once
        took.jobs.append(time.monotonic() - sent)
    sys.stdout.write(f"{name}: {took}\n")
    return took


def _pause(client: redis.Redis, seconds: int) -> None:
    client.client_pause(seconds * 1000)


def _run_a_script(client: redis.Redis, seconds: int) -> None:
    client.eval(_BUSY, 0, str(seconds))


def _hangs(valkey: OwnValkey) -> bool:
    with redis.Redis.from_url(valkey.url, socket_timeout=0.2) as client:
        try:
            client.set("asked", "")
        except redis.TimeoutError:
            return True
    return False
