"""This process's connections to Redis: made from the settings, impatient, and none of them shared with a fork.

It stands on the ground floor so that a command which only asks whether Redis answers loads no more than that.
"""

from __future__ import annotations

import os
from functools import lru_cache
from typing import TYPE_CHECKING

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from bellwork.db import troubles
from bellwork.db.settings import SettingsError, settings

if TYPE_CHECKING:
    from bellwork.db.troubles import Trouble

#: The longest pop, and how long an answer to it may be late, in seconds: then Redis hangs, and the ledger is polled.
LONGEST_POP, LATE = 2.0, 1.0
#: How long (seconds) a connection or an answer that is there at once may take: then Redis is away.
SOON = 1.0
#: Connections of a process for commands that answer at once; a call that finds none is served a moment later.
CONNECTIONS = 8


def ping() -> bool:
    """Tell whether Redis can be used; raises SettingsError for a REDIS_URL that cannot be understood."""
    return trouble() is None


def trouble() -> str | None:
    """Say in words why Redis cannot be used, None where it can; raises SettingsError as `ping` does."""
    try:
        client().ping()
    except redis.AuthenticationError:
        return "refuses the user or the password of REDIS_URL"
    except redis.exceptions.NoPermissionError:
        return "lets the user of REDIS_URL do nothing"
    except redis.RedisError:
        return "does not answer"
    return None


def look() -> tuple[str | None, list[Trouble]]:
    """Say the same, and what is noted there of things outside that are in trouble."""
    if said := trouble():
        return said, []
    try:
        return None, troubles.troubles(client())
    except redis.RedisError:
        return None, []


@lru_cache(maxsize=1)
def client() -> redis.Redis:
    """Return the client for commands that answer at once: no retries, and SOON is patience enough."""
    return _connect(timeout=SOON, connections=CONNECTIONS)


@lru_cache(maxsize=1)
def blocking_client() -> redis.Redis:
    """Return the client for blocking pops, whose socket outwaits the longest of them."""
    return _connect(timeout=LONGEST_POP + LATE, connections=CONNECTIONS)


def forget() -> None:
    """Drop the clients, so that the next use reads the settings anew."""
    for made in (client, blocking_client):
        if made.cache_info().currsize:
            made().close()
        made.cache_clear()


def renew() -> None:
    """Close what lies in the pools: a primary that became a replica keeps its connections, new ones ask the name again.

    One connection that fails speaks for those that were not used since.
    """
    for made in (client(), blocking_client()):
        made.connection_pool.disconnect(inuse_connections=False)


def _connect(timeout: float, connections: int) -> redis.Redis:
    # redis-py's own defaults differ between host= and url=; a lost reply must not make it send twice.
    try:
        pool = redis.BlockingConnectionPool.from_url(
            settings().redis_url,
            max_connections=connections,
            timeout=SOON,
            socket_timeout=timeout,
            socket_connect_timeout=SOON,
            retry=Retry(NoBackoff(), 0),
        )
        # An option of the URL that is none is only noticed when a connection is made of it.
        pool.connection_class(**pool.connection_kwargs)
    except (TypeError, ValueError) as error:
        msg = f"REDIS_URL cannot be used: {error}"
        raise SettingsError(msg) from None
    return redis.Redis.from_pool(pool)


def _forked() -> None:
    """Make new clients in a forked child; redis-py itself leaves the parent's connections alone there."""
    for made in (client, blocking_client):
        made.cache_clear()


os.register_at_fork(after_in_child=_forked)
