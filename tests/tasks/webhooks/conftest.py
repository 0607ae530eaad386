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


HOUR = 3_600.0


@pytest.fixture
def receiver(database: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    """An obedient receiver; WEBHOOK_PRIVATE lets webhooks go there, 3 s each, an hour between tries."""
    del database
    monkeypatch.setenv("WEBHOOK_PRIVATE", "true")
    forget()
    calls.forget()
    for module in (verdict, client):
        monkeypatch.setattr(module, "DEADLINE", 3.0)
    # So that no second try comes while a busy machine is at the first.
    monkeypatch.setattr(verdict, "PAUSES", (0.0, *[HOUR] * 7))
    with opened() as found:
        yield found
    calls.forget()
