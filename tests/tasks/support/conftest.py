"""Fixtures: one migrated database for a module, emptied for each test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.conftest import _fresh
from tests.tasks.support import school

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bellwork.ops.embedded import Stack


@pytest.fixture(scope="module")
def platform(stack: Stack, template: str) -> Iterator[str]:
    """A migrated database for the module."""
    yield from _fresh(stack, template)


@pytest.fixture
def empty(platform: str) -> str:
    """The module's database without a row of support and without a job."""
    school.empty()
    return platform
