"""Calls receivers by one client, which connects to no address but one that it has checked (ssrfguard).

A name is resolved once for a connection, all its addresses are checked, and one of them is connected to: a name server
that answers differently the next time is not asked. The certificate is held against the name. No proxy of the
environment is used, as nobody would check what it connects to.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

import httpx
import structlog
from ssrfguard import Policy, SSRFGuardError
from ssrfguard.httpx import AsyncSafeTransport

from bellwork.db.failpoints import reach
from bellwork.db.settings import settings
from bellwork.db.wording import words_of
from bellwork.tasks.webhooks.request import body_of, headers_of
from bellwork.tasks.webhooks.verdict import DEADLINE, answered, failed

if TYPE_CHECKING:
    from bellwork.db.webhooks import Due, Outcome

log = structlog.get_logger("bellwork.webhooks")

#: Connections that are kept for the next call, and for how many seconds.
_KEPT, _KEPT_FOR = 200, 60.0
#: Bytes of an answer that are read, so that its connection can be used again, and seconds for them.
_READ, _READ_FOR = 16_384, 1.0
#: Seconds in which a call that is broken off has closed its connection.
_ENDS = 0.5
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


def open_client() -> httpx.AsyncClient:
    """Open the client; it belongs to the event loop that uses it first."""
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=_KEPT, keepalive_expiry=_KEPT_FOR)
    transport = AsyncSafeTransport(policy=policy(), limits=limits)
    # DEADLINE is for everything, where a time-out of httpx begins anew with each byte.
    return httpx.AsyncClient(transport=transport, trust_env=False, follow_redirects=False, timeout=None)  # noqa: S113


async def call(client: httpx.AsyncClient, due: Due) -> Outcome:
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
    except (SSRFGuardError, httpx.UnsupportedProtocol, httpx.InvalidURL) as refused:
        return failed(due, f"was not called: {_reason(refused)}")
    except httpx.HTTPError as broken:
        return failed(due, f"could not be reached: {str(broken) or type(broken).__name__}")
    # Whatever else a receiver can bring about is its failure, and must not be that of all others.
    except Exception as error:  # noqa: BLE001 - as above
        log.warning("a webhook call failed oddly", delivery=due.id, endpoint=due.endpoint, error=words_of(error))
        return failed(due, f"could not be called: {words_of(error)}")


async def _post(client: httpx.AsyncClient, due: Due) -> Outcome:
    body = body_of(due)
    async with client.stream("POST", due.url, content=body, headers=headers_of(due, body)) as response:
        outcome = answered(due, response.status_code, response.headers)
        with suppress(httpx.HTTPError, TimeoutError):
            async with asyncio.timeout(_READ_FOR):
                await _read_little(response)
    return outcome


async def _read_little(response: httpx.Response) -> None:
    """Read an answer to its end where that is near; a longer one ends with its connection."""
    seen = 0
    async for chunk in response.aiter_raw():
        seen += len(chunk)
        if seen > _READ:
            return


def _reason(error: Exception) -> str:
    """Say why, without the URL, whose query may be a secret."""
    return str(getattr(error, "reason", error))
