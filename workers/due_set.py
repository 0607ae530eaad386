"""The due set: one Redis sorted set per queue with the ids of jobs that may run now. It may be lost at any moment.

    bellwork:due:<queue>   member = job id   score = priority · 2^42 + due time in ms (so priority decides first)

Only ids and scores are ever in Redis. Adding twice is harmless, for the claim decides; what is missing is added again
from the ledger. No function here raises for a Redis that is away: its users go on, slower.
"""

from __future__ import annotations

import time
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import redis

from bellwork.db import redis_client
from bellwork.db.failpoints import reach
from bellwork.db.redis_client import CONNECTIONS, LONGEST_POP, blocking_client, client, ping, renew

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bellwork.db.ledger import Due

__all__ = [
    "BOUND",
    "CONNECTIONS",
    "COOL_DOWN",
    "LONGEST_POP",
    "Found",
    "Member",
    "add",
    "call",
    "client",
    "forget",
    "key",
    "lengths",
    "note_polls",
    "ping",
    "pop",
    "put_back",
    "renew",
    "score",
    "take_poll_lock",
    "usable",
    "wait",
]

#: A set is bounded; the backlog stays in PostgreSQL.
BOUND = 5_000
#: After a failure no call waits for Redis for this many seconds.
COOL_DOWN = 1.0
#: No id of ours has more digits; int() refuses very many, and PostgreSQL's bigint has 19.
_DIGITS = 18
_PRIORITY = 1 << 42

_broken_until = 0.0


def usable() -> bool:
    """Tell whether Redis may be asked: not right after it failed."""
    return time.monotonic() >= _broken_until


def add(jobs: Iterable[Due], *, known: bool = False) -> None:
    """Add jobs that are due, at most BOUND of each queue; best effort. With `known`, only move those that are there."""
    reach("before_bell")
    if not usable():
        return
    ordered = sorted(jobs, key=attrgetter("queue"))
    try:
        with client().pipeline(transaction=False) as pipe:
            for queue, group in groupby(ordered, key=attrgetter("queue")):
                pipe.zadd(key(queue), {str(job.id): score(job) for job in list(group)[:BOUND]}, xx=known)
            pipe.execute()
    except redis.RedisError as error:
        _break(error, *{job.queue for job in ordered})


class Member(NamedTuple):
    """An id as it stands in a set."""

    id: int
    score: float


class Found(NamedTuple):
    """What was taken from one of several sets; none of it where nothing came."""

    queue: str
    members: list[Member]


def pop(queue: str, most: int, timeout: float = 0) -> list[int] | None:
    """Wait up to `timeout` seconds for due jobs and take up to `most`, the most urgent first; None: Redis is away.

    0 does not wait at all.
    """
    if timeout:
        found = wait([queue], most, timeout)
        return None if found is None else [member.id for member in found.members]
    if not usable():
        return None
    try:
        answer = client().zmpop(1, [key(queue)], min=True, count=most)
    except redis.RedisError as error:
        _break(error, queue)
        return None
    return [member.id for member in _members(answer)]


def wait(queues: list[str], most: int, timeout: float) -> Found | None:
    """Wait up to `timeout` seconds for due jobs of any of the queues; takes up to `most` of the first that has some.

    Redis wakes waiting clients ten times a second only: a wait of milliseconds lasts 100. None: Redis is away.
    """
    if not usable():
        return None
    named = {key(queue): queue for queue in queues}
    try:
        answer = blocking_client().bzmpop(timeout, len(named), list(named), min=True, count=most)
    except redis.RedisError as error:
        _break(error, *queues)
        return None
    return Found(named[cast("bytes", answer[0]).decode()], _members(answer)) if answer else Found("", [])


def call(name: str) -> None:
    """Let a wait for this name end: for a process that wants to wait for more than it does; best effort."""
    if not usable():
        return
    try:
        with client().pipeline(transaction=False) as pipe:
            pipe.zadd(key(name), {"0": 0})
            pipe.pexpire(key(name), round(1000 * LONGEST_POP))
            pipe.execute()
    except redis.RedisError as error:
        _break(error)


def put_back(queue: str, members: Iterable[Member]) -> None:
    """Put back what was taken and is not wanted any more; best effort."""
    scores = {str(member.id): member.score for member in members}
    if not scores or not usable():
        return
    try:
        client().zadd(key(queue), scores)
    except redis.RedisError as error:
        _break(error, queue)


def _members(answer: Any) -> list[Member]:
    found = cast("list[tuple[bytes, float]]", answer[1]) if answer else []
    return [Member(int(id_), float(score)) for id_, score in found if id_.isdigit() and len(id_) <= _DIGITS]


def lengths(queues: list[str]) -> dict[str, int]:
    """Count the ids in each set; nothing where Redis is away."""
    try:
        with client().pipeline(transaction=False) as pipe:
            for queue in queues:
                pipe.zcard(key(queue))
            return dict(zip(queues, pipe.execute(), strict=True))
    except redis.RedisError as error:
        _break(error, *queues)
        return {}


def take_poll_lock(queue: str, seconds: float) -> bool:
    """Take the fleet's lock for a poll of a whole queue, for so many seconds; without Redis every process has it."""
    if not usable():
        return True
    try:
        return bool(client().set(_look(queue), 1, nx=True, px=round(seconds * 1000)))
    except redis.RedisError as error:
        _break(error)
        return True


def note_polls(queues: Iterable[str], seconds: float) -> None:
    """Take the poll lock of queues that have just been polled for the fleet, for so many seconds."""
    try:
        with client().pipeline(transaction=False) as pipe:
            for queue in queues:
                pipe.set(_look(queue), 1, px=round(seconds * 1000))
            pipe.execute()
    except redis.RedisError as error:
        _break(error)


def key(queue: str) -> str:
    """Name the sorted set of a queue."""
    return f"bellwork:due:{queue}"


def _look(queue: str) -> str:
    return f"bellwork:look:{queue}"


def score(job: Due) -> float:
    """Order by priority, then due time; exact in a double while priorities stay within ±1,000."""
    return float(job.priority * _PRIORITY + job.run_at // 1000)


def forget() -> None:
    """Drop the clients and what is known of Redis, so that the next use reads the settings anew."""
    global _broken_until  # noqa: PLW0603 - the health of Redis is one fact of the process
    redis_client.forget()
    _broken_until = 0.0


def _break(error: redis.RedisError, *queues: str) -> None:
    global _broken_until  # noqa: PLW0603 - the health of Redis is one fact of the process
    _broken_until = time.monotonic() + COOL_DOWN
    if "WRONGTYPE" in str(error):
        _remove_strangers(queues)
    else:
        renew()


def _remove_strangers(queues: Iterable[str]) -> None:
    """Remove what another program put in place of a sorted set of ours; the ledger fills it again."""
    try:
        for name in map(key, queues):
            if client().type(name) != b"zset":
                client().unlink(name)
    except redis.RedisError:
        return
