"""Calls receivers by one client, which connects to no address but one that it has checked (ssrfguard).

A name is resolved once for a connection, all its addresses are checked, and one of them is connected to: a name server
that answers differently the next time is not asked. The certificate is held against the name. No proxy of the
environment is used, as nobody would check what it connects to.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import httpcore
import httpx
import structlog
from ssrfguard import Policy, SSRFGuardError
from ssrfguard.httpx import AsyncSafeBackend

from bellwork.db.failpoints import reach
from bellwork.db.settings import settings
from bellwork.db.wording import clean, words_of
from bellwork.tasks.webhooks.request import body_of, headers_of
from bellwork.tasks.webhooks.verdict import DEADLINE, answered, failed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bellwork.db.webhooks import Due, Outcome

log = structlog.get_logger("bellwork.webhooks")

#: Connections to one endpoint that are kept for the next call, for how many seconds, and to how many endpoints.
_KEPT, _KEPT_FOR, _LINES = 2, 60.0, 100
#: Bytes of an answer that are read, so that its connection can be used again, and seconds for them.
_READ, _READ_FOR = 16_384, 1.0
#: Characters that are kept of why a call failed: errors quote what a receiver sent, however long.
_SAID = 200
#: Seconds in which a call that is broken off has closed its connection.
_ENDS = 0.5
#: What becomes of a connection.
_BROKEN = (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError, httpcore.UnsupportedProtocol)
_ANY_PORT = frozenset(range(1, 65_536))
_PRIVATE = ("0.0.0.0/0", "::/0")


def policy() -> Policy:
    """Return what may be called: public addresses by https; with WEBHOOK_PRIVATE any address, and by http too."""
    if settings().webhook_private:
        return Policy(allowed_networks=_PRIVATE, allowed_ports=_ANY_PORT)  # type: ignore[arg-type] # it reads texts
    return Policy(allowed_schemes=frozenset({"https"}), allowed_ports=_ANY_PORT)


def refusal(url: str) -> str | None:
    """Say why a URL may not be an endpoint's; None where it may. Its name is resolved at each connection, not here."""
    try:
        policy().check_url(url)
    except (SSRFGuardError, ValueError) as error:
        return _reason(error)
    return None


@dataclass
class _Line:
    """The connections to one endpoint: how many calls are under way on them, and when the last one ended."""

    pool: httpcore.AsyncConnectionPool
    calls: int = 0
    used: float = 0.0


class Client:
    """The connections of this process; it belongs to the event loop that uses it first.

    httpcore's pool, as httpx has it, without what httpx puts around each request: half of what a call costs. Each
    endpoint has a pool of its own, for one looks at all of its idle connections before every request.
    """

    def __init__(self) -> None:
        self._policy = policy()
        self._ssl, self._backend = httpx.create_ssl_context(), AsyncSafeBackend(policy=self._policy)
        self._lines: OrderedDict[int, _Line] = OrderedDict()
        self._closing: set[asyncio.Task[None]] = set()
        self._checked = lru_cache(maxsize=1_000)(self._check)

    @asynccontextmanager
    async def post(
        self, endpoint: int, url: str, headers: dict[str, str], body: str
    ) -> AsyncIterator[httpcore.Response]:
        """Send a request and hold its answer open; raises SSRFGuardError for what may not be called."""
        target, host = self._checked(url)
        content = body.encode()
        own = {"host": host, "content-length": str(len(content)), **headers}
        line = self._line(endpoint)
        line.calls += 1
        try:
            async with line.pool.stream("POST", target, headers=list(own.items()), content=content) as response:
                yield response
        finally:
            line.calls -= 1
            line.used = time.monotonic()

    async def aclose(self) -> None:
        """Close all connections."""
        lines, self._lines = list(self._lines.values()), OrderedDict()
        await asyncio.gather(*self._closing, *(line.pool.aclose() for line in lines))

    def _line(self, endpoint: int) -> _Line:
        """Return an endpoint's line, and let those go that nobody used for long, or beyond the number that is kept."""
        if (line := self._lines.pop(endpoint, None)) is None:
            pool = httpcore.AsyncConnectionPool(
                ssl_context=self._ssl,
                max_connections=None,
                max_keepalive_connections=_KEPT,
                keepalive_expiry=_KEPT_FOR,
                network_backend=self._backend,
            )
            line = _Line(pool)
        since = time.monotonic() - _KEPT_FOR
        while self._lines:
            oldest, least = next(iter(self._lines.items()))
            if least.calls or (least.used > since and len(self._lines) < _LINES):
                break
            del self._lines[oldest]
            task = asyncio.ensure_future(least.pool.aclose())
            self._closing.add(task)
            task.add_done_callback(self._closing.discard)
        self._lines[endpoint] = line
        return line

    def _check(self, url: str) -> tuple[httpcore.URL, str]:
        """Check all that a URL says; where its name leads is checked at each connection."""
        self._policy.check_url(url)
        read = httpx.URL(url)
        target = httpcore.URL(scheme=read.raw_scheme, host=read.raw_host, port=read.port, target=read.raw_path)
        return target, read.netloc.decode("ascii")


async def call(client: Client, due: Due) -> Outcome:
    """Make one call and judge it, within DEADLINE in all, whatever the receiver or its name server does."""
    reach("before_webhook", due.event)
    # Not awaited beyond the deadline: a name server that says nothing holds a thread that nobody can end.
    task = asyncio.ensure_future(_post(client, due))
    done, _ = await asyncio.wait({task}, timeout=DEADLINE)
    if not done:
        task.cancel()
        await asyncio.wait({task}, timeout=_ENDS)
        return failed(due, f"did not answer within {DEADLINE:g} s")
    try:
        return task.result()
    except (SSRFGuardError, httpx.InvalidURL) as refused:
        return failed(due, f"was not called: {_reason(refused)}")
    except _BROKEN as broken:
        return failed(due, f"could not be reached: {clean(str(broken), _SAID) or type(broken).__name__}")
    # Whatever else a receiver can bring about is its failure, and must not be that of all others.
    except Exception as error:  # noqa: BLE001 - as above
        log.warning("a webhook call failed oddly", delivery=due.id, endpoint=due.endpoint, error=words_of(error))
        return failed(due, f"could not be called: {words_of(error, _SAID)}")


async def _post(client: Client, due: Due) -> Outcome:
    body = body_of(due)
    async with client.post(due.endpoint, due.url, headers_of(due, body), body) as response:
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers}
        outcome = answered(due, response.status, headers)
        with suppress(*_BROKEN, TimeoutError):
            async with asyncio.timeout(_READ_FOR):
                await _read_little(response)
    return outcome


async def _read_little(response: httpcore.Response) -> None:
    """Read an answer to its end where that is near; a longer one ends with its connection."""
    seen = 0
    async for chunk in response.aiter_stream():
        seen += len(chunk)
        if seen > _READ:
            return


def _reason(error: Exception) -> str:
    """Say why, without the URL, whose query may be a secret."""
    return str(getattr(error, "reason", error))
