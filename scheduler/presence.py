"""A scheduler's sign of life, in Redis: for `bellwork doctor` to see, and nothing else depends on it."""

from __future__ import annotations

import os
import socket

from redis import ReadOnlyError, RedisError

from bellwork.db.redis_client import client, renew

__all__ = ["BEAT", "BELIEVED", "RedisError", "beat", "is_alive"]

KEY = "bellwork:scheduler"
#: Seconds between two signs of life, and how long one is believed.
BEAT, BELIEVED = 3.0, 15


def beat() -> None:
    """Say that a scheduler runs, and which one; RedisError where Redis is away."""
    try:
        client().set(KEY, f"{socket.gethostname()}:{os.getpid()}", ex=BELIEVED)
    except ReadOnlyError:
        renew()
        raise


def is_alive() -> str | None:
    """Return 'host:pid' of the scheduler that was last heard of within 15 s, or None; RedisError without Redis."""
    heard = client().get(KEY)
    return heard.decode() if isinstance(heard, bytes) else heard
