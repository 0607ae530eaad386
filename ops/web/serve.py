"""Serves pages to browsers, and is not held up by connections that never finish asking."""

from __future__ import annotations

import logging
import resource
import time
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from bellwork.workers.logs import Formatter

if TYPE_CHECKING:
    import asyncio

    import h11
    from starlette.types import ASGIApp

#: Seconds for the head of a request, from the connection or the answer before it.
HEAD = 10.0
#: Connections at once: more than an office of people needs, and far from the files that a process may have open.
MOST = 200
#: Connections that the kernel keeps waiting: asyncio takes so many in a row, and logs each that it cannot take.
WAITING = 64
#: Bytes of one message on a WebSocket: what somebody pastes into a terminal.
LARGEST = 65_536
#: Seconds in which one line of the log is written once.
QUIET = 60.0


def server(app: ASGIApp, head: float = HEAD, most: int | None = None) -> uvicorn.Server:
    """Prepare a server; its `run([socket])` serves until it is told to stop.

    A client is cut off that has sent no whole head of a request within `head` seconds, or comes while `most` others
    are connected (by default 200, or half of the open files that this process may have).
    """
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    allowed = most or max(1, min(MOST, files // 2))

    class Bounded(_Bounded):
        seconds, connected = head, allowed

    # Who asks is who is connected: what a request says of itself (X-Forwarded-For) is believed of no one here.
    config = uvicorn.Config(
        app,
        log_level="warning",
        lifespan="off",
        http=Bounded,
        backlog=WAITING,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        ws="websockets-sansio" if find_spec("websockets") else "none",
        ws_max_size=LARGEST,
    )
    for name in ("uvicorn", "uvicorn.error", "asyncio"):
        logger = logging.getLogger(name)
        logger.filters = [_Once()]
        for handler in logger.handlers:
            handler.setFormatter(Formatter(handler.formatter))
    return uvicorn.Server(config)


class _Bounded(H11Protocol):
    """A connection that ends by itself where no request comes in time."""

    seconds, connected = HEAD, MOST
    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take the connection, or end it at once where there are too many."""
        super().connection_made(transport)
        if len(self.connections) > self.connected:
            transport.abort()
        else:
            self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
        if self._timer:
            self._timer.cancel()
        super().connection_lost(exc)

    def on_response_complete(self) -> None:
        """Wait for the next request on this connection."""
        super().on_response_complete()
        self._wait()

    def handle_websocket_upgrade(self, event: h11.Request) -> None:
        """Let it go: a terminal may be silent for as long as it likes, and is counted by whoever serves it."""
        if self._timer:
            self._timer.cancel()
        super().handle_websocket_upgrade(event)

    def _wait(self) -> None:
        if self._timer:
            self._timer.cancel()
        self._timer = self.loop.call_later(self.seconds, self._end)

    def _end(self) -> None:
        """Cut it off, unless an answer is being made, whose end is another beginning; it ends by its own time-outs."""
        if getattr(self.cycle, "response_complete", True):  # no request has come yet, or the last one is answered
            self.transport.abort()


class _Once(logging.Filter):
    """Lets each text pass once in QUIET seconds: what a stranger can cause a thousand times must not fill a disk."""

    def __init__(self) -> None:
        super().__init__()
        self._said: dict[Any, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Tell whether a record is news."""
        now, text = time.monotonic(), str(record.msg)[:200].partition("\n")[0]
        self._said = {said: at for said, at in self._said.items() if now - at < QUIET}
        if text in self._said:
            return False
        self._said[text] = now
        return True
