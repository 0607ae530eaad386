"""What the tests of retention share: a district with a row in each table, and folders of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bellwork.db.engine import forget, transaction
from tests.db.catalog import run_script

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def district(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A district with a row in each table; returns the folder that holds `storage` and `mail`."""
    del database
    monkeypatch.setenv("STORAGE_URL", f"file://{tmp_path}/storage")
    monkeypatch.setenv("SMTP_URL", f"file://{tmp_path}/mail")
    forget()
    with transaction() as conn:
        run_script(conn, "vividly_rows.sql", "content")
    return tmp_path
