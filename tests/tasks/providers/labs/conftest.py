"""A host of labs for a test."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from bellwork.tasks.providers.labs.bubblewrap import Bubblewrap, find_groups
from tests.sandbox import host_of_labs

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def host() -> Iterator[Bubblewrap]:
    """A host of labs in a folder of the test's own."""
    with host_of_labs() as made:
        yield made


@pytest.fixture
def grouped(host: Bubblewrap) -> Bubblewrap:
    """A host whose labs have control groups for memory and processes."""
    if missing := {"memory", "pids"} & set(find_groups().missing):
        pytest.skip(f"user {os.geteuid()} can make no control groups here for {', '.join(sorted(missing))}")
    return host
