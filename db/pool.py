"""Which connections of the pool may be used again: not those that are dead, outdated, or of another process.

A connection is replaced when it leaves the pool, where the server closed it meanwhile, and where it was opened before
`distrust()` was called. In a forked child none of the parent's can be used: each is cut off there, so that not a byte
of the child's reaches a session of the parent's.
"""

from __future__ import annotations

import os
import socket
from select import POLLIN, poll
from time import monotonic
from typing import TYPE_CHECKING, Any, cast
from weakref import WeakSet

from psycopg import Connection as Psycopg
from psycopg import OperationalError
from sqlalchemy import event
from sqlalchemy.exc import DisconnectionError

if TYPE_CHECKING:
    from sqlalchemy import Engine
    from sqlalchemy.engine.interfaces import DBAPIConnection
    from sqlalchemy.pool import ConnectionPoolEntry

_opened: WeakSet[Psycopg[Any]] = WeakSet()
_trusted_since = float("-inf")


def guard(engine: Engine) -> None:
    """Look at each connection of this engine when it is opened and when it leaves the pool."""
    event.listen(engine, "connect", _note)
    event.listen(engine, "checkout", _refuse)


def distrust() -> None:
    """Use none of the connections again that are open now; those that are in use are replaced after it."""
    global _trusted_since  # noqa: PLW0603 - what was last heard of the server is one fact of the process
    _trusted_since = monotonic()


def is_trusted(opened_at: float) -> bool:
    """Tell whether a connection that was opened at a moment of the monotonic clock may be used again."""
    return opened_at > _trusted_since


def cut_off() -> None:
    """Let every connection of the parent's lead nowhere in this forked child, those in use included.

    The child keeps no session of the parent's open, and code that goes on with one reads that it is closed.
    """
    here, there = socket.socketpair()
    there.close()
    for connection in _opened:
        if not connection.closed:
            os.dup2(here.fileno(), connection.fileno())
    here.close()


def _note(connection: DBAPIConnection, record: ConnectionPoolEntry) -> None:
    record.info["opened_at"], record.info["is_new"] = monotonic(), True
    _opened.add(cast("Psycopg[Any]", connection))


def _refuse(connection: DBAPIConnection, record: ConnectionPoolEntry, *_: object) -> None:
    """Replace a connection that the server closed while it lay in the pool: a look at the socket, no round trip.

    One that was opened for this very use is used: SQLAlchemy would give up with an error that no loop of ours expects.
    """
    if record.info.pop("is_new", False):
        return
    if not is_trusted(record.info["opened_at"]):
        msg = "this connection is older than what was last heard of the server"
        raise DisconnectionError(msg)
    line = poll()
    try:
        line.register(cast("Psycopg[Any]", connection).fileno(), POLLIN)
        if line.poll(0):
            msg = "the server closed this connection"
            raise DisconnectionError(msg)
    except OperationalError:
        msg = "this connection is closed"
        raise DisconnectionError(msg) from None
