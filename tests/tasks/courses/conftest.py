"""Fixtures: one migrated database for a module, emptied for each test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bellwork.db.courses.seed import Seeded, seed_course
from bellwork.db.engine import transaction
from tests.conftest import _fresh
from tests.tasks.courses.place import change

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bellwork.ops.embedded import Stack


@pytest.fixture(scope="module")
def campus(stack: Stack, template: str) -> Iterator[str]:
    """A migrated database for the module."""
    yield from _fresh(stack, template)


@pytest.fixture
def empty(campus: str) -> str:
    """The module's database without a row of courses, a job, a letter or a notice."""
    change("TRUNCATE courses.users, courses.lab_templates, courses.content_embeddings CASCADE")
    change("TRUNCATE bellwork.letters, bellwork.notices, bellwork.seen_events")
    change("DELETE FROM bellwork.jobs")
    return campus


@pytest.fixture
def seeded(empty: str) -> Seeded:
    """A course with a lesson of each type, and a learner who takes it."""
    del empty
    with transaction() as conn:
        return seed_course(conn)
