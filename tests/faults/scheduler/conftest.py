"""A calendar of its own for each test: a fresh database, and a folder shared with its schedulers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def folder(database: str, tmp_path: Path) -> Path:
    """A fresh database, named by the environment; returns the folder."""
    del database
    return tmp_path
