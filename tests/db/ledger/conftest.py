"""One database for the tests of a module that leave nothing behind: a clone for each would cost more than the test."""

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
def module_database(stack: Stack, template: str) -> Iterator[str]:
    """A migrated database for a module; DATABASE_URL and REDIS_URL name it and an empty Valkey."""
    yield from _fresh(stack, template)


@pytest.fixture
def undone(module_database: str) -> Iterator[Connection]:
    """An empty ledger in a transaction that every transaction() of the test joins, and that is rolled back."""
    del module_database
    with suppress(_Undo), transaction() as conn:
        yield conn
        raise _Undo
