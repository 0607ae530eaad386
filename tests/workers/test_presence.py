"""Which signals stop a worker, and which are the same word said again."""

from __future__ import annotations

import os
import signal
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import pytest

from bellwork.workers import presence
from bellwork.workers.presence import AT_ONCE, Presence
from tests.workers.still import Clock

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def heard() -> Iterator[tuple[Presence, Clock, list[int]]]:
    """A process that has booted, time held still, and what reaches Dramatiq's own handler."""
    stopped: list[int] = []
    before = signal.signal(signal.SIGTERM, lambda number, _: stopped.append(number))
    with (
        patch.object(presence, "time", Clock()) as clock,
        patch("ctypes.CDLL"),
        patch.object(presence, "parent_process", lambda: None),
    ):
        booted = Presence()
        booted.after_process_boot(None)  # type: ignore[arg-type]
        yield booted, clock, stopped
    signal.signal(signal.SIGTERM, before)


def tell() -> None:
    """Send this process a SIGTERM; Python's handler runs before the next line."""
    os.kill(os.getpid(), signal.SIGTERM)


def test_signals_that_come_at_once_are_one(heard: tuple[Presence, Clock, list[int]]) -> None:
    """A service manager tells the whole group, and so does the master; a later one is impatience."""
    _, clock, stopped = heard
    tell()
    clock.now += AT_ONCE / 2
    tell()

    assert 1 == len(stopped)
    clock.now += AT_ONCE
    tell()

    assert 2 == len(stopped)


def test_who_leaves_by_itself_is_not_killed_by_its_masters_word(heard: tuple[Presence, Clock, list[int]]) -> None:
    """A neighbour that left, too, ends sooner, and the master tells all: what runs here is finished all the same."""
    booted, clock, stopped = heard
    leaving: Any = SimpleNamespace(leaving=True)
    booted.watch = leaving
    tell()
    clock.now += 2 * AT_ONCE
    tell()

    assert 1 == len(stopped)
    clock.now += AT_ONCE
    tell()

    assert 2 == len(stopped)
