"""The engine's counts in Redis, which others may damage: what is no count is absent, and no key stays for ever."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import structlog
from redis import ResponseError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from redis import Redis

log = structlog.get_logger("bellwork.counts")

#: No count of ours has more digits.
_DIGITS = 9
_told: set[str] = set()


def read(redis: Redis, keys: Sequence[str], ttl: int) -> list[int]:
    """Return the counts of some keys in one trip, 0 where there is none.

    A value that is no count is removed, and logged once for each key and process. A key without a time to live is given
    `ttl` milliseconds. Raises RedisError where Redis does not answer.
    """
    with redis.pipeline(transaction=False) as pipe:
        for key in keys:
            pipe.get(key)
            pipe.pttl(key)
        answers: list[Any] = pipe.execute(raise_on_error=False)
    counts = []
    for key, value, left in zip(keys, answers[::2], answers[1::2], strict=True):
        count = _count(value)
        if count is None:
            _remove(redis, key)
        elif left == -1:
            redis.pexpire(key, ttl)
        counts.append(count or 0)
    return counts


def bound(redis: Redis, key: str, ttl: int) -> None:
    """Give a key a time to live of `ttl` milliseconds where it has none, whatever its value is."""
    if redis.pttl(key) == -1:
        redis.pexpire(key, ttl)


def found(redis: Redis, prefix: str) -> Iterator[tuple[str, int]]:
    """Yield each key below a prefix, without it, and its count; for an operator's look, not for work."""
    for key in redis.scan_iter(match=f"{prefix}*", count=1_000):
        name = key.decode(errors="replace")
        try:
            yield name.removeprefix(prefix), _count(redis.get(key)) or 0
        except ResponseError:
            continue


def _count(value: Any) -> int | None:
    if isinstance(value, Exception):
        if isinstance(value, ResponseError):
            return None
        raise value
    if value is None:
        return 0
    return int(value) if value.isdigit() and len(value) <= _DIGITS else None


def _remove(redis: Redis, key: str) -> None:
    redis.delete(key)
    if key not in _told:
        _told.add(key)
        log.warning("removed what is no count", key=key)
