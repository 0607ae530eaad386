"""The due set: one Redis sorted set per queue with the ids of jobs that may run now. It may be lost at any moment.

    bellwork:due:<queue>   member = job id   score = priority · 2^42 + due time in ms (so priority decides first)

Only ids and scores are ever in Redis. Adding twice is harmless, for the claim decides; what is missing is added again
from the ledger. No function here raises for a Redis that is away: its users go on, slower.
"""

from __future__ import annotations

import time
from functools import lru_cache
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, cast

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from db.failpoints import reach
from db.settings import SettingsError, settings

if TYPE_CHECKING:
    from collections.abc import Iterable

    from db.ledger import Due

#: A set is bounded; the backlog stays in PostgreSQL.
BOUND = 5_000
#: After a failure nobody waits for Redis again for this many seconds.
COOL_DOWN = 1.0
#: The longest pop, and how long an answer to it may be late, in seconds: then Redis hangs, and the books are read.
LONGEST_POP, LATE = 2.0, 1.0
#: No id of ours has more digits; int() refuses very many, and PostgreSQL's bigint has 19.
_DIGITS = 18
_PRIORITY = 1 << 42

_broken_until = 0.0


def usable() -> bool:
    """Tell whether Redis may be asked: not right after it failed."""
    return time.monotonic() >= _broken_until


def add(jobs: Iterable[Due]) -> None:
    """Add jobs that are due, at most BOUND of each queue; best effort."""
    reach("before_bell")
    if not usable():
        return
    ordered = sorted(jobs, key=attrgetter("queue"))
    try:
        with client().pipeline(transaction=False) as pipe:
            for queue, group in groupby(ordered, key=attrgetter("queue")):
                pipe.zadd(key(queue), {str(job.id): score(job) for job in list(group)[:BOUND]})
            pipe.execute()
    except redis.RedisError as error:
        _break(error, *{job.queue for job in ordered})


def pop(queue: str, most: int, timeout: float) -> list[int] | None:
    """Wait up to `timeout` seconds for due jobs and take up to `most`, the most urgent first; None: Redis is away.

    Redis wakes those who wait ten times a second only: a wait of milliseconds lasts 100; 0 does not wait at all.
    """
    if not usable():
        return None
    try:
        if timeout:
            answer = blocking_client().bzmpop(timeout, 1, [key(queue)], min=True, count=most)
        else:
            answer = client().zmpop(1, [key(queue)], min=True, count=most)
    except redis.RedisError as error:
        _break(error, queue)
        return None
    members = cast("list[tuple[bytes, float]]", answer[1]) if answer else []
    return [int(member) for member, _ in members if member.isdigit() and len(member) <= _DIGITS]


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


def take_look(queue: str, seconds: float) -> bool:
    """Take the fleet's one look over a whole queue in so many seconds; without Redis each takes his own."""
    if not usable():
        return True
    try:
        return bool(client().set(_look(queue), 1, nx=True, px=round(seconds * 1000)))
    except redis.RedisError as error:
        _break(error)
        return True


def note_looks(queues: Iterable[str], seconds: float) -> None:
    """Say that these queues have just been looked over, so that nobody takes a look for so many seconds."""
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


def ping() -> bool:
    """Tell whether Redis answers; raises SettingsError for a REDIS_URL that cannot be understood."""
    try:
        return bool(client().ping())
    except redis.RedisError:
        return False


@lru_cache(maxsize=1)
def client() -> redis.Redis:
    """Return the client for commands that answer at once: no retries, and a second's patience at most."""
    return _connect(timeout=1.0)


@lru_cache(maxsize=1)
def blocking_client() -> redis.Redis:
    """Return the client for blocking pops, whose socket outwaits the longest of them."""
    return _connect(timeout=LONGEST_POP + LATE)


def forget() -> None:
    """Drop the clients, so that the next use reads the settings anew."""
    global _broken_until  # noqa: PLW0603 - the health of Redis is one fact of the process
    for made in (client, blocking_client):
        if made.cache_info().currsize:
            made().close()
        made.cache_clear()
    _broken_until = 0.0


def renew() -> None:
    """Close what lies in the pools: a primary that became a replica keeps its connections, new ones ask the name again.

    One connection that fails speaks for those that nobody has used since.
    """
    for made in (client(), blocking_client()):
        made.connection_pool.disconnect(inuse_connections=False)


def _connect(timeout: float) -> redis.Redis:
    # redis-py's own defaults differ between host= and url=; a lost reply must not make it send twice.
    try:
        made = redis.Redis.from_url(
            settings().redis_url,
            socket_timeout=timeout,
            socket_connect_timeout=1.0,
            retry=Retry(NoBackoff(), 0),
        )
        # An option of the URL that is none is only noticed when a connection is made of it.
        made.connection_pool.make_connection()
    except (TypeError, ValueError) as error:
        msg = f"REDIS_URL cannot be used: {error}"
        raise SettingsError(msg) from None
    return made


def _break(error: redis.RedisError, *queues: str) -> None:
    global _broken_until  # noqa: PLW0603 - the health of Redis is one fact of the process
    _broken_until = time.monotonic() + COOL_DOWN
    if "WRONGTYPE" in str(error):
        _remove_strangers(queues)
    else:
        renew()


def _remove_strangers(queues: Iterable[str]) -> None:
    """Remove what somebody else put where a sorted set of ours belongs; the ledger fills it again."""
    try:
        for name in map(key, queues):
            if client().type(name) != b"zset":
                client().unlink(name)
    except redis.RedisError:
        return
