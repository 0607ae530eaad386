"""Asks the platform whether it is there: PING_URL has to answer with 2xx within ten seconds."""

from __future__ import annotations

from time import monotonic

import dramatiq

from bellwork.db.content.alerts.pings import note_ping
from bellwork.db.settings import settings
from bellwork.tasks.providers import ProviderFailure
from bellwork.tasks.providers.wire.client import connect, within
from bellwork.workers import job

#: Seconds for all of it, and bytes of an answer that are read.
SECONDS, MOST = 10.0, 100_000
_WHO = "the platform"


@dramatiq.actor(actor_name="content.ping", callers="internal", queue_name="content", max_retries=0, time_limit=30_000)
def ping() -> None:
    """Note what it answers; what it says beside is not kept."""
    url = settings().ping_url
    if url is None:
        return
    began = monotonic()
    fault = _fault(url)
    with job.transaction() as conn:
        note_ping(conn, monotonic() - began, fault)


def _fault(url: str) -> str | None:
    async def ask() -> int:
        async with connect(_WHO, MOST, SECONDS, SECONDS) as client:
            return (await client.get(url)).status_code

    try:
        status = within(SECONDS, _WHO, ask)
    except ProviderFailure as failed:
        return str(failed)
    return None if 200 <= status < 300 else f"it answered {status}"  # noqa: PLR2004 - the statuses of success
