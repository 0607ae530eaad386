"""One connection through the proxy: what is carried each way is passed on, delayed or swallowed, as the weather is."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from asyncio import Queue, StreamReader, StreamWriter
    from collections.abc import Callable

_CHUNK = 65_536


@dataclass
class Weather:
    """What happens to everything that is carried: answers come `delay` seconds late, or requests or answers never."""

    delay: float = 0.0
    requests: bool = True
    replies: bool = True
    needle: bytes = b""


class Link:
    """A client's connection and the server's, joined; `lossy` as soon as one byte between them was swallowed."""

    def __init__(
        self, weather: Weather, client: tuple[StreamReader, StreamWriter], server: tuple[StreamReader, StreamWriter]
    ) -> None:
        self.lossy = False
        self._weather = weather
        self._client, self._server = client, server
        self._ends_with_the_reply = False
        self._last_words = b""

    async def carry(self) -> None:
        """Carry both ways until one side closes and has been heard out; then, or when cancelled, close both."""
        up: Queue[tuple[float, bytes]] = asyncio.Queue(64)
        down: Queue[tuple[float, bytes]] = asyncio.Queue(64)
        deliveries = [
            asyncio.create_task(_deliver(up, self._server[1])),
            asyncio.create_task(_deliver(down, self._client[1])),
        ]
        readers = [
            asyncio.create_task(self._read(self._client[0], up, self._of_a_request)),
            asyncio.create_task(self._read(self._server[0], down, self._of_an_answer)),
        ]
        try:
            await asyncio.wait(deliveries, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in deliveries + readers:
                task.cancel()
            self._close()

    async def _read(
        self, reader: StreamReader, queue: Queue[tuple[float, bytes]], fate: Callable[[bytes], float | None]
    ) -> None:
        """Read to the end, which is passed on as an empty chunk unless it is swallowed too."""
        chunk = b"more"
        while chunk:
            try:
                chunk = await reader.read(_CHUNK)
            except OSError:
                chunk = b""
            if (delay := fate(chunk)) is not None:
                await queue.put((asyncio.get_running_loop().time() + delay, chunk))

    def _of_a_request(self, chunk: bytes) -> float | None:
        """Return a request's delay, None where it is swallowed."""
        if not self._weather.requests:
            self.lossy = True
            return None
        if (needle := self._weather.needle) and needle in self._last_words + chunk:
            self._weather.needle = b""
            self._ends_with_the_reply = True
        self._last_words = (self._last_words + chunk)[-len(needle) :] if needle else b""
        return 0.0

    def _of_an_answer(self, _: bytes) -> float | None:
        """Return an answer's delay, None where it is swallowed; close where it was to be the last."""
        if self._ends_with_the_reply:
            self._close()
            return None
        if not self._weather.replies:
            self.lossy = True
            return None
        return self._weather.delay

    def _close(self) -> None:
        for _, writer in (self._client, self._server):
            writer.transport.abort()


async def _deliver(queue: Queue[tuple[float, bytes]], writer: StreamWriter) -> None:
    """Write what is due, in order, until the end is due."""
    while True:
        due, chunk = await queue.get()
        await asyncio.sleep(due - asyncio.get_running_loop().time())
        if not chunk:
            return
        writer.write(chunk)
        await writer.drain()
