"""What the tests of webhooks share: a receiver, and a database whose webhooks may go to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bellwork.db.engine import forget
from bellwork.tasks.webhooks import calls, verdict
from bellwork.tasks.webhooks import receiver as client
from tests.tasks.webhooks.receiver import Receiver, opened

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def receiver(database: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    """An obedient receiver; WEBHOOK_PRIVATE lets webhooks go to it, within three seconds at most."""
    del database
    monkeypatch.setenv("WEBHOOK_PRIVATE", "true")
    forget()
    calls.forget()
    for module in (verdict, client):
        monkeypatch.setattr(module, "DEADLINE", 3.0)
    with opened() as found:
        yield found
    calls.forget()
