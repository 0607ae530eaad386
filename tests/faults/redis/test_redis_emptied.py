"""Redis loses everything, or remembers what was long done: every job runs, and runs once."""

from __future__ import annotations

import shutil
import sys
import time
from typing import TYPE_CHECKING

import pytest

from bellwork.db.engine import transaction
from bellwork.workers import due_set
from tests.faults import actors, invariants
from tests.faults.ground import PATIENCE, effects, jobs, notes, rows
from tests.faults.orders import ask, assert_once, is_done
from tests.faults.redis_fleet import THREADS
from tests.helpers import eventually

if TYPE_CHECKING:
    from tests.faults.redis_fleet import Fleet

#: Seconds until what Redis lost must be there again; the next top-up is due 0.2 s later.
AGAIN = 15.0
#: How many jobs run, and how many wait behind them.
RUNNING, QUEUED = 20, 200
KEY = due_set.key(actors.QUEUE)
_MANY = """
INSERT INTO bellwork.jobs (actor, queue, args)
SELECT 'faults.nap', 'faults', jsonb_build_object('name', 'many-' || number) FROM generate_series(1, :count) number
"""


@pytest.mark.parametrize("queued", [2_500, pytest.param(10_000, marks=pytest.mark.soak)])
def test_r1_thousands_queued_and_twenty_running_survive_flushall(queued: int, fleet: Fleet) -> None:
    """The set is filled again within 15 s, what ran goes on undisturbed, and every job is done once.

    More of them than a set may hold, which takes some seconds longer, are for soaks.
    """
    held = _occupy(f"flushed{queued}", RUNNING)
    rows(_MANY, count=queued)
    eventually(lambda: fleet.admin.zcard(KEY) or not jobs("many-%", "available"), PATIENCE)
    fleet.admin.flushall()
    flushed = time.monotonic()
    # The threads that are free may be done with all of them before the set is filled again.
    eventually(lambda: fleet.admin.zcard(KEY) or not jobs("many-%", "available"), AGAIN)
    sys.stdout.write(f"R1: filled again after {time.monotonic() - flushed:.2f} s\n")
    _let_go(held, fleet)
    _drain(f"R1: FLUSHALL with {queued} queued", 4 * PATIENCE)

    assert sorted(held) == effects(f"flushed{queued}-%")
    assert [1] * RUNNING == [len(notes(fleet.folder, "start", name)) for name in held]
    invariants.check()


def test_r2_redis_killed_and_empty_afterwards_costs_nothing(fleet: Fleet) -> None:
    """Killed with everything queued and started without its data: all jobs are done once, within 15 s."""
    held = _occupy("at-death", THREADS)
    _send("empty")
    eventually(lambda: fleet.admin.zcard(KEY), PATIENCE)
    fleet.valkey.kill()
    shutil.rmtree(fleet.valkey.data)
    fleet.valkey.start()
    _let_go(held, fleet)
    _drain("R2: Redis came back empty", AGAIN)

    assert QUEUED == len(effects("empty-%")) == len(jobs("empty-%", "done"))
    invariants.check()


def test_r2_redis_killed_and_started_with_yesterdays_file_repeats_nothing(fleet: Fleet) -> None:
    """An older append-only file names jobs that are done: they are not run again, and new ones run within 15 s."""
    held, yesterday = _occupy("yesterday", THREADS), fleet.folder / "yesterday"
    _send("stale")
    eventually(lambda: fleet.admin.zcard(KEY) > QUEUED // 2, PATIENCE)
    fleet.valkey.kill()
    shutil.copytree(fleet.valkey.data, yesterday)
    fleet.valkey.start()
    _let_go(held, fleet)
    _drain("R2: Redis came back", AGAIN)
    held = _occupy("today", THREADS)
    fleet.valkey.kill()
    shutil.rmtree(fleet.valkey.data)
    shutil.copytree(yesterday, fleet.valkey.data)
    fleet.valkey.start()
    assert fleet.admin.zcard(KEY) > QUEUED // 2
    _send("fresh")
    _let_go(held, fleet)
    _drain("R2: Redis came back with yesterday's ids", AGAIN)
    eventually(lambda: not fleet.admin.zcard(KEY), PATIENCE)

    # Not its attempt: what was claimed for a thread that then was busy goes back unrun, to whoever is free.
    done = jobs("stale-%") + jobs("fresh-%")
    assert [(1, 0, 0)] * 2 * QUEUED == [
        (len(notes(fleet.folder, "start", job.name)), job.retries, job.crashes) for job in done
    ]
    assert 2 * QUEUED == len(effects("stale-%")) + len(effects("fresh-%"))
    invariants.check()


def test_r2_redis_emptied_and_restarted_in_the_middle_of_work(fleet: Fleet) -> None:
    """Of 200 requests under way, every one passes each status once."""
    with transaction():
        for number in range(QUEUED):
            ask(f"middle-{number}")
    eventually(lambda: len(effects("middle-%")) > QUEUED // 4, PATIENCE)
    fleet.admin.flushall()
    eventually(lambda: len(effects("middle-%")) > QUEUED // 2, PATIENCE)
    fleet.valkey.kill()
    eventually(lambda: len(effects("middle-%")) > QUEUED, PATIENCE)
    fleet.valkey.start()
    eventually(lambda: is_done("middle-%", QUEUED), PATIENCE)

    assert_once("middle-%", QUEUED)
    invariants.check()


def _occupy(name: str, count: int) -> list[str]:
    """Keep so many threads busy until they are let go; returns the names of the jobs."""
    names = [f"{name}-{number}" for number in range(count)]
    with transaction():
        for each in names:
            actors.hold.send(name=each)
    eventually(lambda: len(jobs(f"{name}-%", "running")) == count, PATIENCE)
    return names


def _let_go(names: list[str], fleet: Fleet) -> None:
    for name in names:
        (fleet.folder / f"go-{name}").touch()


def _send(name: str) -> None:
    with transaction():
        for number in range(QUEUED):
            actors.nap.send(name=f"{name}-{number}")


def _drain(what: str, patience: float) -> None:
    began = time.monotonic()
    eventually(lambda: not rows("SELECT FROM bellwork.jobs WHERE queue = :queue LIMIT 1", queue=actors.QUEUE), patience)
    sys.stdout.write(f"{what}: all done after {time.monotonic() - began:.2f} s\n")
