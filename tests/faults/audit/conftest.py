"""One database for the faults of a module; each test has an old month of its own, and a storage."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bellwork.db import engine
from tests.old_months import forget_months, old_month, rows_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import Any


@pytest.fixture
def month(ground: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    """Every row of the old month, which is gone again after the test."""
    del ground
    monkeypatch.setenv("STORAGE_URL", f"file://{tmp_path}/storage")
    engine.forget()
    yield rows_of(f"content.{old_month().name}")
    forget_months()
