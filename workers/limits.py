"""The fleet's turns at something scarce: so many at once, so many a minute; a job that gets none comes back, uncounted.

The counts are Dramatiq's rate limiters in Redis. Without Redis nothing is limited, and work goes on.
"""

from __future__ import annotations

import random
from collections import Counter
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING, Any

import structlog
from dramatiq.rate_limits import ConcurrentRateLimiter
from dramatiq.rate_limits.backends import RedisBackend
from redis import RedisError, ResponseError

from bellwork.db import troubles
from bellwork.db.settings import settings
from bellwork.db.wording import message_of
from bellwork.workers import adaptive, counts, due_set, job
from bellwork.workers.outcome import Snooze

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

log = structlog.get_logger("bellwork.limits")

#: Seconds that a job without a turn waits at most; the first time it is one, and each time twice as long.
LONGEST_PAUSE = 30.0
_MINUTE = 60
_TURN = "bellwork:turn:"
#: Milliseconds: what Dramatiq gives an actor that declares no time limit, and a day for one that has none.
_TIME_LIMIT, _DAY = 600_000.0, 86_400_000.0
#: Seconds in which a process that is to be killed is dead for certain.
_KILLED = 2.0
#: Seconds for which operators are shown that something was busy, at least; and characters of what it said.
_BUSY, _SAID = 30.0, 300


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

    Raises Snooze where there is none: for one to two seconds, doubling to half a minute, with chance in it so that not
    all come back at once. The turn of a process that was killed is free again when the job's time limit is over. Where
    `busy` is raised inside, half as many turns are given from now on, and one more every ten seconds (`adaptive`), and
    operators are told for as long as its `retry_after` says. Only inside a running job.
    """
    held = ExitStack()
    try:
        if not _has_turn(held, name, at_once, per_minute, calls):
            raise Snooze(_pause(), f"no turn at {name!r}: {at_once or 'any'} at once, {per_minute or 'any'} a minute")
        yield
    except busy as error:
        _heed(name, at_once, error)
        raise
    finally:
        try:
            held.close()
        except RedisError as error:
            log.warning("a turn is given back by its time limit only", turn=name, error=error)


def may_begin(name: str, per_minute: int) -> bool:
    """Begin one call of the fleet's `per_minute` at something; False where this minute has had them all.

    For whoever has other work meanwhile. Without Redis nothing is limited.
    """
    try:
        return _may_begin(_Backend(client=due_set.client()), name, per_minute, 1)
    except RedisError as error:
        log.warning("not limited, for Redis does not answer", turn=name, error=error)
        return True


def taken() -> dict[str, int]:
    """Return how many turns of each name are taken now; without Redis none are."""
    turns: Counter[str] = Counter()
    with suppress(RedisError):
        for key, count in counts.found(due_set.client(), _TURN):
            turns[key.rpartition(":")[0]] += count
    return +turns


class _Backend(RedisBackend):  # type: ignore[misc] # Dramatiq leaves it untyped
    """Dramatiq's counts in Redis; where one cannot be read the keys are looked over, and it is tried once more."""

    def incr(self, key: str, amount: int, **asked: int) -> bool:
        return self._readable([key], super().incr, key, amount, **asked)

    def decr(self, key: str, amount: int, **asked: int) -> bool:
        return self._readable([key], super().decr, key, amount, **asked)

    def incr_and_sum(self, key: str, keys: Callable[[], list[str]], amount: int, **asked: int) -> bool:
        return self._readable(keys(), super().incr_and_sum, key, keys, amount, **asked)

    def _readable(self, keys: list[str], change: Callable[..., Any], *args: Any, **asked: Any) -> bool:
        try:
            return bool(change(*args, **asked))
        except (ValueError, ResponseError):
            counts.read(self.client, keys, _longest())
            return bool(change(*args, **asked))


def _has_turn(held: ExitStack, name: str, at_once: int | None, per_minute: int | None, calls: int) -> bool:
    backend = _Backend(client=due_set.client())
    try:
        if at_once and not _enter_slot(held, backend, name, adaptive.allowed(due_set.client(), name, at_once)):
            return False
        if per_minute:
            return _may_begin(backend, name, per_minute, calls)
    except RedisError as error:
        log.warning("not limited, for Redis does not answer", turn=name, error=error)
    return True


def _enter_slot(held: ExitStack, backend: RedisBackend, name: str, at_once: int) -> bool:
    """Take one of the slots, each with a limiter of its own.

    A limiter counts all its holders in one key, whose time to live begins anew with each of them: what a killed one
    held would come back only when no other takes one.
    """
    keys, ttl = [f"{_TURN}{name}:{number}" for number in range(at_once)], _longest()
    for key in random.sample(keys, at_once):
        slot = ConcurrentRateLimiter(backend, key, limit=1, ttl=ttl)
        if held.enter_context(slot.acquire(raise_on_failure=False)):
            return True
    counts.read(due_set.client(), keys, ttl)  # gives back, in time, what is taken by a key that would stay for ever
    return False


def _may_begin(backend: _Backend, name: str, per_minute: int, calls: int) -> bool:
    """Count calls into a sliding minute, all or none; more than it ever lets in have to find it empty."""
    # Redis tells the time: the workers' clocks differ, and the minute is the fleet's.
    now = due_set.client().time()[0]
    seconds = [f"bellwork:calls:{name}@{now - past}" for past in range(_MINUTE)]
    wanted = min(calls, per_minute)
    return backend.incr_and_sum(seconds[0], lambda: seconds, wanted, maximum=per_minute, ttl=_MINUTE * 1000)


def _heed(name: str, at_once: int | None, busy: Exception) -> None:
    try:
        if at_once:
            adaptive.halve(due_set.client(), name, at_once)
        asked = max(_BUSY, float(getattr(busy, "retry_after", 0)))
        troubles.note(due_set.client(), name, "busy", message_of(busy, _SAID), asked)
    except RedisError as error:
        log.warning("not slowed down, for Redis does not answer", turn=name, error=error)


def _longest() -> int:
    """Return after how many milliseconds nothing of the running attempt can be alive any more."""
    attempt = job.current()
    declared = attempt.broker.get_actor(attempt.actor).options if attempt.broker else {}
    given = {**declared, **attempt.job.options}.get("time_limit", _TIME_LIMIT)
    return round(min(float(given), _DAY) + (settings().kill_grace + _KILLED) * 1000)


def _pause() -> float:
    attempt = job.current()
    waited = max(0, attempt.number - 1 - attempt.retries - attempt.job.crashes - attempt.job.lost)
    return min(LONGEST_PAUSE, 2.0 ** min(waited + 1, 10)) * random.uniform(0.5, 1)  # noqa: S311 - it spreads, and hides nothing
