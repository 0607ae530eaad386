"""One fleet for all tests of Redis, started by the first of them; each finds it well, and may leave it as it likes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.faults.own_valkey import environment
from tests.faults.redis_fleet import Fleet, running_fleet

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bellwork.ops.embedded import Stack


@pytest.fixture(scope="session")
def one_fleet(stack: Stack, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    """The fleet itself: its processes have settings of their own."""
    with running_fleet(tmp_path_factory.mktemp("redis"), stack, template) as fleet:
        yield fleet


@pytest.fixture
def fleet(one_fleet: Fleet) -> Iterator[Fleet]:
    """The fleet, in good health, and this process as one who enqueues for it."""
    with environment(**one_fleet.settings):
        one_fleet.mend()
        yield one_fleet
        one_fleet.mend()
