"""A small fleet that stores files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.faults.processes import Cluster

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def cluster(ground: Path) -> Iterator[Cluster]:
    """Two masters of one process, and a scheduler."""
    settings = {"STORAGE_URL": f"file://{ground}/storage"}
    with Cluster(ground, processes=1, modules="tests.faults.archivist", scheduler=True, settings=settings) as cluster:
        yield cluster
