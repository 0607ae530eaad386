"""Fixtures: one migrated database for a module, emptied for each test, with or without triggers that note changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.conftest import _fresh
from tests.tasks.tutoring import place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bellwork.ops.embedded import Stack


@pytest.fixture(scope="module")
def platform(stack: Stack, template: str) -> Iterator[str]:
    """A migrated database for the module."""
    yield from _fresh(stack, template)


@pytest.fixture
def empty(platform: str) -> str:
    """The module's database without a row of tutoring; nothing notes changes by itself."""
    place.empty()
    place.change("SELECT tutoring.watch_changes(false)")
    return platform


@pytest.fixture
def watched(empty: str) -> str:
    """The module's database without a row; triggers note every change."""
    place.change("SELECT tutoring.watch_changes()")
    return empty
