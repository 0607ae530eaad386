"""An HTTP client whose answers cannot outgrow a cap, and calls that end at their deadline, drip-fed or not."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

import httpx

from bellwork.db.failpoints import reach
from bellwork.tasks.providers.errors import BadAnswer, ProviderError, ProviderRefused

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

Answer = TypeVar("Answer")


def within(seconds: float, who: str, call: Callable[[], Awaitable[Answer]]) -> Answer:
    """Run an asynchronous call to its end, `seconds` at most for everything: name, connection, headers and body.

    Raises ProviderError where there was no answer in time or no connection, ProviderRefused for an unusable address.
    """
    reach("before_call", who)
    try:
        answer = asyncio.run(_limited(call, seconds))
    except TimeoutError as late:
        raise ProviderError(f"{who} did not answer within {seconds:.1f} s") from late
    except (httpx.UnsupportedProtocol, httpx.InvalidURL) as wrong:
        raise ProviderRefused(f"{who} cannot be asked, its base URL is unusable: {wrong}") from wrong
    except httpx.RequestError as broken:
        raise ProviderError(f"{who} could not be reached: {str(broken) or type(broken).__name__}") from broken
    reach("after_call", who)
    return answer


def connect(who: str, cap: int, seconds: float, connect_seconds: float) -> httpx.AsyncClient:
    """Open a client that reads at most `cap` bytes of an answer and asks for it uncompressed.

    Reading beyond the cap raises BadAnswer; nothing of the surplus is kept.
    """

    async def cut_off(response: httpx.Response) -> None:
        if response.headers.get("content-encoding", "identity") != "identity":
            raise BadAnswer(f"{who} answered compressed, which was not asked for")
        if int(response.headers.get("content-length", "0")) > cap:
            raise BadAnswer(f"{who} answered {response.headers['content-length']} bytes, at most {cap} are read")
        response.stream = _Capped(response.stream, cap, who)

    return httpx.AsyncClient(
        timeout=httpx.Timeout(seconds, connect=connect_seconds),
        headers={"accept-encoding": "identity"},
        event_hooks={"response": [cut_off]},
    )


async def _limited(call: Callable[[], Awaitable[Answer]], seconds: float) -> Answer:
    async with asyncio.timeout(seconds):
        return await call()


class _Capped(httpx.AsyncByteStream):
    """A body that ends in BadAnswer once more than `cap` bytes have come."""

    def __init__(self, inner: object, cap: int, who: str) -> None:
        if not isinstance(inner, httpx.AsyncByteStream):
            raise TypeError(f"expected an asynchronous body, got {type(inner).__name__}")
        self._inner, self._cap, self._who = inner, cap, who

    async def __aiter__(self) -> AsyncIterator[bytes]:
        seen = 0
        async for chunk in self._inner:
            seen += len(chunk)
            if seen > self._cap:
                raise BadAnswer(f"{self._who} answered more than {self._cap} bytes; the rest was not read")
            yield chunk

    async def aclose(self) -> None:
        await self._inner.aclose()
