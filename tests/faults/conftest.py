"""A ground for each module of these tests: a database with the product's tables, and a folder shared with workers."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from tests.conftest import _fresh
from tests.faults import ground as tables
from tests.faults.processes import Cluster

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from pathlib import Path

    from bellwork.ops.embedded import Stack


@pytest.fixture(scope="module")
def ground(stack: Stack, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A fresh database, named by the environment; returns the folder."""
    with contextmanager(_fresh)(stack, template):
        tables.create()
        yield tmp_path_factory.mktemp("faults")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show the workers' logs with whatever failed."""
    report = yield
    if report.failed:
        report.sections.extend(("workers", cluster.logs()) for cluster in Cluster.alive)
    return report
