"""A circuit breaker for the whole fleet: what keeps failing is left alone, and tried by one job now and then.

    closed   every call passes; TRIPS failures in a row, of any process, open it
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

from bellwork.db import troubles
from bellwork.db.wording import message_of
from bellwork.workers import counts, due_set
from bellwork.workers.outcome import Snooze

if TYPE_CHECKING:
    from collections.abc import Iterator

log = structlog.get_logger("bellwork.circuit")

#: More than the attempts that one job has by default in the pipelines: a job that always fails opens nothing alone.
TRIPS = 5
#: Seconds between two tries of what is left alone; a job that is sent away comes back in half of it to all of it.
REST = 15.0
#: Seconds without a failure after which the earlier ones are forgotten.
_REMEMBERED = 600
#: Characters of the last error that operators are shown.
_SAID = 300
_PREFIX, _TRY = "bellwork:circuit:", ":try"


@contextmanager
def circuit(name: str, trouble: type[Exception]) -> Iterator[int]:
    """Let a call pass, and count it as a failure where it raises `trouble`; raises Snooze while the circuit is open.

    Yields the failures in a row so far: whoever makes many calls in one makes a single one where there are some, so
    that its success counts.
    """
    failures = _failures(name)
    if failures >= TRIPS and not _may_try(name):
        wait = REST * random.uniform(0.5, 1)  # noqa: S311 - it spreads, and hides nothing
        raise Snooze(wait, f"{name!r} has failed {failures} times in a row and is left alone")
    try:
        yield failures
    except trouble as error:
        _count(name, error)
        raise
    if failures:
        _close(name)


def opened() -> dict[str, int]:
    """Return how often in a row each open circuit has failed; without Redis none is open."""
    with suppress(RedisError):
        found = counts.found(due_set.client(), _PREFIX)
        return {name: failures for name, failures in found if failures >= TRIPS and not name.endswith(_TRY)}
    return {}


def _failures(name: str) -> int:
    with suppress(RedisError):
        return counts.read(due_set.client(), [_key(name)], _REMEMBERED * 1000)[0]
    return 0


def _may_try(name: str) -> bool:
    with suppress(RedisError):
        key, rest = f"{_key(name)}{_TRY}", round(REST * 1000)
        if due_set.client().set(key, 1, nx=True, px=rest):
            return True
        counts.bound(due_set.client(), key, rest)
        return False
    return True


def _count(name: str, error: Exception) -> None:
    with suppress(RedisError), due_set.client().pipeline() as pipe:
        pipe.incr(_key(name))
        pipe.expire(_key(name), _REMEMBERED)
        failures = pipe.execute()[0]
        if failures == TRIPS:
            log.warning("circuit opens", circuit=name, failures=failures)
        if failures >= TRIPS:
            said = f"it failed {failures} times in a row, last: {message_of(error, _SAID)}"
            troubles.note(due_set.client(), name, "open", said, _REMEMBERED)


def _close(name: str) -> None:
    with suppress(RedisError):
        due_set.client().delete(_key(name), f"{_key(name)}{_TRY}")
        troubles.clear(due_set.client(), name, "open")
        log.info("circuit closes", circuit=name)


def _key(name: str) -> str:
    return f"{_PREFIX}{name}"
