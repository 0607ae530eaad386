"""A TCP proxy in front of PostgreSQL or Redis whose network a test cuts, slows, mutes or blacks out at any moment."""

from __future__ import annotations

import asyncio
import socket
import threading
from typing import TYPE_CHECKING, Self, cast
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit, urlunsplit

from tests.link import Link, Weather

if TYPE_CHECKING:
    from asyncio import StreamReader, StreamWriter
    from collections.abc import Coroutine

HOST = "127.0.0.1"


class Proxy:
    """Stands on a port of its own, or on the one given, before an address: "host:port" or the path of a socket.

    Every mode holds for open connections and for new ones until the next one is set; heal() ends all of them.
    """

    def __init__(self, address: str, *, host: str = HOST, port: int = 0) -> None:
        self.address = address
        self.host, self.port = host, port
        self._weather = Weather()
        self._open: dict[asyncio.Task[None], Link | None] = {}
        self._listener: socket.socket | None = None
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name=f"proxy of {address}", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._do(self._listen())
        return self

    def __exit__(self, *_: object) -> None:
        self.refuse()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def heal(self) -> None:
        """Pass everything on again; connections that lost a byte are closed, for they can only talk nonsense now."""
        self._do(self._set())

    def delay(self, seconds: float) -> None:
        """Pass everything on, each answer this much later."""
        self._do(self._set(delay=seconds))

    def cut(self) -> None:
        """Close what is open; new connections fare as the mode says."""
        self._do(self._close(list(self._open)))

    def refuse(self) -> None:
        """Close what is open, and let nobody in until heal()."""
        self._do(self._refuse())

    def black_hole(self) -> None:
        """Accept connections and swallow all they say, both ways; not even their end gets through."""
        self._do(self._set(requests=False, replies=False))

    def mute(self) -> None:
        """Let requests pass and swallow all answers."""
        self._do(self._set(replies=False))

    def lose_reply(self, needle: bytes) -> None:
        """Pass on the next request that contains the needle, and close its connection in place of the answer; once."""
        self._do(self._set(needle=needle))

    def _do(self, what: Coroutine[None, None, None]) -> None:
        asyncio.run_coroutine_threadsafe(what, self._loop).result(30)

    async def _listen(self) -> None:
        if self._listener is None:
            self._listener = socket.create_server((self.host, self.port))
            self.port = self._listener.getsockname()[1]
            # Not asyncio's own server: closed while a client is coming in, it forgets to close that one.
            self._loop.add_reader(self._listener, self._let_in, self._listener)

    async def _set(
        self, *, delay: float = 0.0, requests: bool = True, replies: bool = True, needle: bytes = b""
    ) -> None:
        now = self._weather
        now.delay, now.requests, now.replies, now.needle = delay, requests, replies, needle
        if requests and replies:
            await self._close([task for task, link in self._open.items() if link and link.lossy])
        await self._listen()

    async def _refuse(self) -> None:
        if self._listener is not None:
            self._loop.remove_reader(self._listener)
            self._listener.close()
            self._listener = None
        await self._close(list(self._open))

    async def _close(self, tasks: list[asyncio.Task[None]]) -> None:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _let_in(self, listener: socket.socket) -> None:
        client, _ = listener.accept()
        task = self._loop.create_task(self._join(client))
        self._open[task] = None
        task.add_done_callback(self._open.pop)
        task.add_done_callback(lambda _: client.close())

    async def _join(self, client: socket.socket) -> None:
        client.settimeout(0)
        reader, writer = await asyncio.open_connection(sock=client)
        try:
            link = Link(self._weather, (reader, writer), await self._dial())
            self._open[cast("asyncio.Task[None]", asyncio.current_task())] = link
            await link.carry()
        except OSError:
            pass  # nobody is there, which the client sees as a closed connection
        finally:
            writer.transport.abort()

    async def _dial(self) -> tuple[StreamReader, StreamWriter]:
        if self.address.startswith("/"):
            return await asyncio.open_unix_connection(self.address)
        host, _, port = self.address.rpartition(":")
        return await asyncio.open_connection(host, int(port))


def address_of(url: str) -> str:
    """Name the address behind a DATABASE_URL or REDIS_URL as Proxy takes it."""
    parts = urlsplit(url)
    asked = dict(parse_qsl(parts.query))
    if parts.scheme == "unix":
        return unquote(parts.path)
    host = asked.get("host", parts.hostname or "localhost")
    port = asked.get("port", parts.port or (6379 if parts.scheme.startswith("redis") else 5432))
    return f"{host}/.s.PGSQL.{port}" if host.startswith("/") else f"{host}:{port}"


def proxied(url: str, port: int) -> str:
    """Return the same URL by way of a proxy on this port of the machine."""
    parts = urlsplit(url)
    credentials = f"{parts.netloc.rpartition('@')[0]}@" if "@" in parts.netloc else ""
    query = urlencode([(name, value) for name, value in parse_qsl(parts.query) if name not in {"host", "port"}])
    scheme, path = ("redis", "") if parts.scheme == "unix" else (parts.scheme, parts.path)
    return urlunsplit((scheme, f"{credentials}{HOST}:{port}", path, query, ""))
