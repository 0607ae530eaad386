"""Adaptive concurrency: a busy provider gets half as many calls at once, and one more every RECOVERY seconds.

How many turns are missing is the time that one key of Redis has left to live, RECOVERY seconds for each: no
process gives them back, no clock of ours is in it, and a fleet that was killed leaves nothing behind.
"""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

import structlog

from bellwork.workers import counts

if TYPE_CHECKING:
    from redis import Redis

log = structlog.get_logger("bellwork.adaptive")

#: Seconds after which one more is let in: additive increase, multiplicative decrease, as TCP does it (RFC 5681).
RECOVERY = 10.0
#: Seconds in which all refusals count as one: those calls were under way when the first of them came back.
HEARD = 5.0


def allowed(redis: Redis, name: str, most: int) -> int:
    """Return how many of `most` are let in at once now: at least one."""
    missing = ceil(max(0, redis.pttl(_key(name))) / (RECOVERY * 1000))
    return max(1, most - missing)


def halve(redis: Redis, name: str, most: int) -> None:
    """Let in half as many as now, at least one; a second refusal within HEARD seconds changes nothing."""
    heard = f"{_key(name)}:heard"
    if not redis.set(heard, 1, nx=True, px=round(HEARD * 1000)):
        counts.bound(redis, heard, round(HEARD * 1000))
        return
    left = max(1, allowed(redis, name, most) // 2)
    if left < most:
        redis.set(_key(name), 1, px=round((most - left) * RECOVERY * 1000))
        log.warning("it is busy, so it gets fewer at once", turn=name, at_once=left, of=most)


def _key(name: str) -> str:
    return f"bellwork:busy:{name}"
