"""Courses with labs: with a real host of labs, or without any."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bellwork.db.engine import forget
from tests.sandbox import host_of_labs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bellwork.tasks.providers.labs.bubblewrap import Bubblewrap

KEY = "k" * 32


@pytest.fixture
def host(database: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bubblewrap]:
    """A host of labs by the name `here`, which the settings name, and whose terminals have an address."""
    del database
    with host_of_labs() as made:
        monkeypatch.setenv("LABS_URL", f"bwrap://{made._place.root}")
        monkeypatch.setenv("LABS_HOST", "here")
        monkeypatch.setenv("LABS_TERMINAL_URL", "wss://here.example.org")
        monkeypatch.setenv("LABS_KEY", KEY)
        forget()
        yield made
