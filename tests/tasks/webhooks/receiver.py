"""A real HTTP receiver that answers what a test orders, drips, hangs, or answers without an end."""

from __future__ import annotations

import asyncio
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from threading import Event, Thread
from typing import TYPE_CHECKING, Any

from standardwebhooks.webhooks import Webhook

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator

#: Orders that are no answers: nothing at all, a byte of a header now and then, a body without an end, a closed line.
HANG, DRIP, FLOOD, CUT = "hang", "drip", "flood", "cut"


@dataclass
class Call:
    """A request that came, and when."""

    path: str
    headers: dict[str, str]
    body: str
    at: float

    @property
    def event(self) -> str:
        """The id of its event."""
        return self.headers["webhook-id"]

    def verified(self, secret: str) -> Any:
        """Return what it says if it was signed by this secret; raises WebhookVerificationError."""
        return Webhook(secret).verify(self.body, self.headers)


@dataclass
class Receiver:
    """Answers 204, or what is ordered for a path: a status, `status header: value`, a word above; the last stays.

    `most_open` is how many requests of one path were under way at once, `written` the bytes of a flood that were taken.
    """

    port: int = 0
    scheme: str = "http"
    host: str = "127.0.0.1"
    orders: dict[str, list[str]] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    connections: int = 0
    open: dict[str, int] = field(default_factory=dict)
    most_open: dict[str, int] = field(default_factory=dict)
    written: int = 0
    #: What a flood has to give.
    flood: int = 1 << 30
    is_over: bool = False
    served: dict[Any, asyncio.StreamWriter] = field(default_factory=dict)

    def url(self, path: str = "/hook") -> str:
        """Where it listens."""
        return f"{self.scheme}://{self.host}:{self.port}{path}"

    def order(self, *answers: str | int, path: str = "/hook") -> None:
        """Answer like this, one after the other; the last one from then on."""
        self.orders[path] = [str(each) for each in answers]

    def events(self, path: str = "/hook") -> list[str]:
        """The ids of the events that were told there, in order."""
        return [call.event for call in self.calls if call.path == path]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection."""
        self.connections += 1
        self.served[asyncio.current_task()] = writer
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            while not self.is_over and await self._answer(reader, writer):
                pass
        writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        first, *lines = head.split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines if line)}
        body = (await reader.readexactly(int(headers.get("content-length", 0)))).decode()
        path = first.split(" ")[1]
        self.calls.append(Call(path, headers, body, time.monotonic()))
        self.open[path] = self.open.get(path, 0) + 1
        self.most_open[path] = max(self.most_open.get(path, 0), self.open[path])
        try:
            return await self._obey(path, reader, writer)
        finally:
            self.open[path] -= 1

    async def _obey(self, path: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        orders = self.orders.get(path, ["204"])
        order = orders.pop(0) if len(orders) > 1 else orders[0]
        match order.split(" ", 1):
            case ["hang"]:
                return bool(await reader.read(1))
            case ["cut"]:
                return False
            case ["drip"]:
                writer.write(b"HTTP/1.1 200 OK\r\nx-slow: ")
                while not self.is_over:
                    writer.write(b"a")
                    await writer.drain()
                    await asyncio.sleep(0.05)
                return False
            case ["flood"]:
                writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % self.flood)
                while self.written < self.flood and not self.is_over:
                    writer.write(b"x" * 65_536)
                    await writer.drain()
                    self.written += 65_536
                return False
            case [status, *more]:
                extra = "".join(f"{line}\r\n" for line in more)
                length = "" if status == "204" else "content-length: 0\r\n"
                writer.write(f"HTTP/1.1 {status} Said\r\n{extra}{length}\r\n".encode())
                await writer.drain()
        return True


@contextmanager
def opened(tls: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    """Listen on a free port, on a thread."""
    receiver, listens = Receiver(scheme="https" if tls else "http"), Event()

    async def run() -> None:
        server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0, ssl=tls)
        receiver.port = server.sockets[0].getsockname()[1]
        listens.set()
        while not receiver.is_over:  # noqa: ASYNC110 - told by another thread
            await asyncio.sleep(0.02)
        server.close()
        for writer in receiver.served.values():
            writer.transport.abort()  # what a flood has left would keep a connection open beyond its loop
        await asyncio.wait(receiver.served, timeout=5) if receiver.served else None
        await asyncio.gather(*(writer.wait_closed() for writer in receiver.served.values()), return_exceptions=True)

    thread = Thread(target=asyncio.run, args=(run(),), daemon=True)
    thread.start()
    assert listens.wait(10)
    try:
        yield receiver
    finally:
        receiver.is_over = True
        thread.join(10)
