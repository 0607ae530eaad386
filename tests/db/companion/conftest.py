"""A school in a transaction that is rolled back, on a database that the module shares."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from bellwork.db.engine import transaction
from tests.conftest import _fresh
from tests.db.companion.school import School

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bellwork.ops.embedded import Stack


class _Undo(Exception):  # noqa: N818 - an order, not an error
    """Roll back."""


@pytest.fixture(scope="module")
def ground(stack: Stack, template: str) -> Iterator[str]:
    """A migrated database for the module."""
    yield from _fresh(stack, template)


@pytest.fixture
def school(ground: str) -> Iterator[School]:
    """Nobody but a tutor; whatever a test adds is gone after it."""
    del ground
    with suppress(_Undo), transaction() as conn:
        yield School(conn)
        raise _Undo
