"""A school whose content is there already, so that feedback and events have something to be about."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.tasks.content.effects import shelf

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def content(school: Path) -> str:
    """The lesson on Newton's third law with basketball, of forty days ago, which Amara was served; its id."""
    del school
    return shelf.serve(shelf.AMARA)
