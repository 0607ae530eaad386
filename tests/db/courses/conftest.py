"""Fixtures: a migrated database for a module, and a transaction in it that is rolled back."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from bellwork.db.engine import transaction
from tests.conftest import _fresh

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

    from bellwork.ops.embedded import Stack


class _Undo(Exception):  # noqa: N818 - an order, not an error
    """Roll back."""


@pytest.fixture(scope="module")
def ground(stack: Stack, template: str) -> Iterator[str]:
    """A migrated database for the module."""
    yield from _fresh(stack, template)


@pytest.fixture
def conn(ground: str) -> Iterator[Connection]:
    """A transaction; whatever a test adds is gone after it."""
    del ground
    with suppress(_Undo), transaction() as opened:
        yield opened
        raise _Undo
