"""Fixtures that several tests of the ground floor share."""

from __future__ import annotations

import pytest

from bellwork.db.engine import transaction
from tests.db.catalog import run_script


@pytest.fixture
def filled(database: str) -> str:
    """A migrated database with a row in each table of the content system."""
    with transaction() as conn:
        run_script(conn, "vividly_rows.sql", "content")
    return database
