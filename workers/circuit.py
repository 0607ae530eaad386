"""A circuit breaker for the whole fleet: what keeps failing is left alone, and tried by one job now and then.

    closed   every call passes; TRIPS failures in a row, whoever's they are, open it
    open     one job in REST seconds may try, and its failure counts like any other; the rest come back, uncounted
    closed   again, with the first success

So an outage costs no thread that neighbours need, and burns the retries of few. Its state is in Redis; without Redis it
is closed.
"""

from __future__ import annotations

import random
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import structlog
from redis import RedisError

from workers import due_set
from workers.outcome import Snooze

if TYPE_CHECKING:
    from collections.abc import Iterator

log = structlog.get_logger("bellwork.circuit")

#: More than the attempts that one job has by default in the pipelines: a job that always fails opens nothing alone.
TRIPS = 5
#: Seconds between two tries of what is left alone; who is sent away comes back in half of it to all of it.
REST = 15.0
#: Seconds without a failure after which the earlier ones are forgotten.
_REMEMBERED = 600


@contextmanager
def circuit(name: str, trouble: type[Exception]) -> Iterator[None]:
    """Let a call pass, and count it as a failure where it raises `trouble`; raises Snooze while the circuit is open."""
    failures = _failures(name)
    if failures >= TRIPS and not _may_try(name):
        wait = REST * random.uniform(0.5, 1)  # noqa: S311 - it spreads, and hides nothing
        raise Snooze(wait, f"{name!r} has failed {failures} times in a row and is left alone")
    try:
        yield
    except trouble:
        _count(name)
        raise
    if failures:
        _close(name)


def _failures(name: str) -> int:
    with suppress(RedisError):
        return int(due_set.client().get(_key(name)) or 0)
    return 0


def _may_try(name: str) -> bool:
    with suppress(RedisError):
        return bool(due_set.client().set(f"{_key(name)}:try", 1, nx=True, px=round(REST * 1000)))
    return True


def _count(name: str) -> None:
    with suppress(RedisError), due_set.client().pipeline() as pipe:
        pipe.incr(_key(name))
        pipe.expire(_key(name), _REMEMBERED)
        failures = pipe.execute()[0]
        if failures == TRIPS:
            log.warning("circuit opens", circuit=name, failures=failures)


def _close(name: str) -> None:
    with suppress(RedisError):
        due_set.client().delete(_key(name), f"{_key(name)}:try")
        log.info("circuit closes", circuit=name)


def _key(name: str) -> str:
    return f"bellwork:circuit:{name}"
