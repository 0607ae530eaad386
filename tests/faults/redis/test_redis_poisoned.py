"""Whatever somebody else writes under the keys of the due sets: it is thrown away, and its neighbours run."""

from __future__ import annotations

import pickle
import sys
import time
from typing import TYPE_CHECKING

import pytest

from bellwork.workers import due_set
from tests.faults import actors, chores, invariants
from tests.faults.ground import PATIENCE, effects, jobs, notes, rows
from tests.helpers import eventually

if TYPE_CHECKING:
    from collections.abc import Callable

    from redis import Redis

    from tests.faults.redis_fleet import Fleet

#: Seconds until neighbours are done, and until the set is a set again.
BOUND, MENDED = 5.0, 15.0
#: Seconds in which every worker that heard nothing has looked into the ledger.
LOOKED = 3.0
KEY = due_set.key(actors.QUEUE)
#: More urgent than any job.
FIRST = float("-inf")
ODD = [b"", b"no job", b"-5", b"1.5", b"1e3", b" 7", b"\xd9\xa7", b"nan", b"7\n", pickle.dumps({"job": 7})]
_INSERT = """
INSERT INTO bellwork.jobs (actor, queue, args) VALUES (:actor, :queue, jsonb_build_object('name', CAST(:name AS text)))
RETURNING id
"""


def _another_type(redis: Redis) -> None:
    redis.delete(KEY)
    redis.rpush(KEY, "1", "2", "3")


def _a_huge_value(redis: Redis) -> None:
    redis.delete(KEY)
    redis.setrange(KEY, 100_000_000, "x")


def _odd_members(redis: Redis) -> None:
    redis.zadd(KEY, dict.fromkeys(ODD, FIRST))


def _huge_members(redis: Redis) -> None:
    redis.zadd(KEY, {letter * 20_000_000: FIRST for letter in ("x", "7")})


def _numbers_too_long_to_be_read(redis: Redis) -> None:
    redis.zadd(KEY, {"7" * 5_000: FIRST, "8" * 5_000: FIRST})


def _numbers_that_are_no_ids(redis: Redis) -> None:
    redis.zadd(KEY, {"9" * 30: FIRST, str(2**63): FIRST, "0": FIRST, "9223372036854775807": FIRST})


def _many_names_of_one_job(redis: Redis, many: int = 30_000) -> None:
    [job] = rows("SELECT min(id) AS id FROM bellwork.finished_jobs")
    for first in range(0, many, 10_000):
        names = (f"{'0' * zeros}{job.id}" for zeros in range(20))
        odd = (f"{number}" for number in range(10**12 + first, 10**12 + first + 10_000))
        redis.zadd(KEY, dict.fromkeys([*names, *odd], FIRST))


def _very_many_names_of_one_job(redis: Redis) -> None:
    """What takes longer than the others to be thrown away, and is for soaks."""
    _many_names_of_one_job(redis, 100_000)


POISONS = [
    _another_type,
    _a_huge_value,
    _odd_members,
    _huge_members,
    _numbers_too_long_to_be_read,
    _numbers_that_are_no_ids,
    _many_names_of_one_job,
    pytest.param(_very_many_names_of_one_job, marks=pytest.mark.soak),
]


@pytest.mark.parametrize("poison", POISONS, ids=lambda poison: str(poison.__name__).strip("_"))
def test_r8_neighbours_of_a_poison_run(poison: Callable[[Redis], None], fleet: Fleet) -> None:
    """Jobs of the same queue and of another one are done within 5 s, no consumer stumbles, and the set is mended."""
    _neighbours(f"before{poison.__name__}")
    before = _tracebacks(fleet)
    poison(fleet.admin)
    _neighbours(f"beside{poison.__name__}")
    began = time.monotonic()
    eventually(lambda: not fleet.admin.exists(KEY), MENDED)
    sys.stdout.write(f"R8 the set was empty {time.monotonic() - began:.2f} s later\n")
    _neighbours(f"after{poison.__name__}")

    assert before == _tracebacks(fleet)
    invariants.check()


def test_r8_a_job_named_in_the_set_of_another_queue_runs_once(fleet: Fleet) -> None:
    """An id of the long lane among those of the short one: nobody's thread or transaction is held up by it."""
    [job] = rows(_INSERT, actor="faults.hold", queue=actors.QUEUE, name="stray")
    fleet.admin.zadd(due_set.key(chores.CHORES), {str(job.id): FIRST})
    eventually(lambda: notes(fleet.folder, "start", "stray"), PATIENCE)
    with pytest.raises(AssertionError):
        eventually(lambda: len(notes(fleet.folder, "start", "stray")) > 1, LOOKED)
    (fleet.folder / "go-stray").touch()
    eventually(lambda: jobs("stray", "done"), PATIENCE)

    assert [1] == [job.attempt for job in jobs("stray")]
    assert ["stray"] == effects("stray")
    invariants.check()


def _neighbours(name: str) -> None:
    """Do a few jobs of each lane."""
    began = time.monotonic()
    for number in range(5):
        actors.nap.send(name=f"{name}-long-{number}")
        chores.tidy.send(name=f"{name}-short-{number}")
    eventually(lambda: len(effects(f"{name}-%")) == 10, BOUND)
    sys.stdout.write(f"R8 {name}: neighbours done after {time.monotonic() - began:.2f} s\n")


def _tracebacks(fleet: Fleet) -> int:
    return sum(kept.log.read_text().count("Traceback") for kept in fleet.cluster.kept)
