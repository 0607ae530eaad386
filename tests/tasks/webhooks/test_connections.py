"""Connections to receivers: kept for the next call, two to an endpoint, and let go where nobody calls any more."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from bellwork.db.webhooks import Due
from bellwork.tasks.webhooks import receiver as calling
from bellwork.tasks.webhooks.receiver import Client, call
from tests.tasks.webhooks.told import DONE

if TYPE_CHECKING:
    import pytest

    from tests.tasks.webhooks.receiver import Receiver


def _due(url: str, endpoint: int) -> Due:
    return Due(endpoint, endpoint, f"msg_{endpoint}", DONE, {}, datetime.now(UTC), 0, url, ("whsec_c2VjcmV0c2VjcmV0",))


async def _called(receiver: Receiver, *endpoints: int) -> int:
    """Call endpoints in turn; returns how many connections are open then."""
    client = Client()
    try:
        for endpoint in endpoints:
            assert (await call(client, _due(receiver.url(), endpoint))).delivered
        await asyncio.sleep(0)  # what is let go is closed by tasks of its own
        await asyncio.gather(*client._closing)
        return sum(len(line.pool.connections) for line in client._lines.values())
    finally:
        await client.aclose()


def test_an_endpoint_is_called_again_on_the_same_connection(receiver: Receiver) -> None:
    """Twenty calls in turn to four endpoints take four connections."""
    assert asyncio.run(_called(receiver, *[1, 2, 3, 4] * 5)) == 4
    assert receiver.connections == 4


def test_connections_are_kept_to_so_many_endpoints(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of five endpoints that are called once each, those that were called longest ago are let go."""
    monkeypatch.setattr(calling, "_LINES", 2)
    assert asyncio.run(_called(receiver, 1, 2, 3, 4, 5)) == 2
    assert receiver.connections == 5


def test_a_connection_that_nobody_used_for_long_is_let_go(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the next call to whatever endpoint."""
    monkeypatch.setattr(calling, "_KEPT_FOR", 0.0)
    assert asyncio.run(_called(receiver, 1, 2, 3)) <= 1
    assert receiver.connections == 3
