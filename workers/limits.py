"""The fleet's turns at something scarce: so many at once, so many a minute; who gets none comes back, uncounted.

The counts are Dramatiq's rate limiters in Redis. Without Redis nothing is limited, and work goes on.
"""

from __future__ import annotations

import random
import time
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

import structlog
from dramatiq.rate_limits import ConcurrentRateLimiter
from dramatiq.rate_limits.backends import RedisBackend
from redis import RedisError

from db.settings import settings
from workers import adaptive, due_set, job
from workers.broker import broker
from workers.outcome import Snooze

if TYPE_CHECKING:
    from collections.abc import Iterator

log = structlog.get_logger("bellwork.limits")

#: Seconds that a job without a turn waits at most; the first time it is one, and each time twice as long.
LONGEST_PAUSE = 30.0
_MINUTE = 60
#: Milliseconds: what Dramatiq gives an actor that declares no time limit, and a day for one that has none.
_TIME_LIMIT, _DAY = 600_000.0, 86_400_000.0
#: Seconds in which a process that is to be killed is dead for certain.
_KILLED = 2.0


@contextmanager
def turn(
    name: str,
    *,
    at_once: int | None = None,
    per_minute: int | None = None,
    calls: int = 1,
    busy: type[Exception] | tuple[()] = (),
) -> Iterator[None]:
    """Hold one of the fleet's `at_once` turns, and begin `calls` of its `per_minute`; None does not limit.

    Raises Snooze where there is none: for up to a second, doubling to half a minute, with chance in it so that not all
    come back at once. The turn of a process that was killed is free again when the job's time limit is over. Where
    `busy` is raised inside, half as many turns are given from now on, and one more every ten seconds (`adaptive`). Only
    inside a running job.
    """
    held = ExitStack()
    try:
        if not _has_turn(held, name, at_once, per_minute, calls):
            raise Snooze(_pause(), f"no turn at {name!r}: {at_once or 'any'} at once, {per_minute or 'any'} a minute")
        yield
    except busy:
        if at_once:
            _heed(name, at_once)
        raise
    finally:
        try:
            held.close()
        except RedisError as error:
            log.warning("a turn is given back by its time limit only", turn=name, error=_first_line(error))


def _has_turn(held: ExitStack, name: str, at_once: int | None, per_minute: int | None, calls: int) -> bool:
    backend = RedisBackend(client=due_set.client())
    try:
        if at_once and not _enter_slot(held, backend, name, adaptive.allowed(due_set.client(), name, at_once)):
            return False
        if per_minute:
            return _may_begin(backend, name, per_minute, calls)
    except RedisError as error:
        log.warning("not limited, for Redis does not answer", turn=name, error=_first_line(error))
    return True


def _enter_slot(held: ExitStack, backend: RedisBackend, name: str, at_once: int) -> bool:
    """Take one of the slots, each with a limiter of its own.

    A limiter counts all its holders in one key, whose time to live begins anew with each of them: what a killed one
    held would come back only when nobody else comes.
    """
    for number in random.sample(range(at_once), at_once):
        slot = ConcurrentRateLimiter(backend, f"bellwork:turn:{name}:{number}", limit=1, ttl=_longest())
        if held.enter_context(slot.acquire(raise_on_failure=False)):
            return True
    return False


def _may_begin(backend: RedisBackend, name: str, per_minute: int, calls: int) -> bool:
    """Count calls into a sliding minute, all or none; more than it ever lets in have to find it empty."""

    def seconds() -> list[str]:
        now = int(time.time())
        return [f"bellwork:calls:{name}@{now - past}" for past in range(_MINUTE)]

    wanted = min(calls, per_minute)
    return bool(backend.incr_and_sum(seconds()[0], seconds, wanted, maximum=per_minute, ttl=_MINUTE * 1000))


def _heed(name: str, at_once: int) -> None:
    try:
        adaptive.halve(due_set.client(), name, at_once)
    except RedisError as error:
        log.warning("not slowed down, for Redis does not answer", turn=name, error=_first_line(error))


def _longest() -> int:
    """Return after how many milliseconds nothing of the running attempt can be alive any more."""
    attempt = job.current()
    given = {**broker.get_actor(attempt.actor).options, **attempt.job.options}.get("time_limit", _TIME_LIMIT)
    return round(min(float(given), _DAY) + (settings().kill_grace + _KILLED) * 1000)


def _pause() -> float:
    attempt = job.current()
    waited = max(0, attempt.number - 1 - attempt.retries - attempt.job.crashes)
    return min(LONGEST_PAUSE, 2.0 ** min(waited, 10)) * random.uniform(0.5, 1)  # noqa: S311 - it spreads, and hides nothing


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]
