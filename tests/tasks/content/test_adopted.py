"""The pipeline in a team's own database, whose tables stood in `public` with rows in them before Bellwork came."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from db import migrate
from db.engine import engine, forget, transaction
from db.seed import load_samples
from tasks import providers
from tests.db.catalog import run_script
from tests.tasks.content.conftest import Studio
from tests.tasks.content.lesson import ask, read
from workers.testing import drain

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def adopted(empty_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The document's schema in `public` with a row in each table, adopted by the migrations."""
    del empty_database
    monkeypatch.setenv("SCHEMAS", "content=public")
    monkeypatch.setenv("STORAGE_URL", f"file://{tmp_path}/storage")
    monkeypatch.setenv("SMTP_URL", f"file://{tmp_path}/mail")
    forget()
    with transaction() as conn:
        run_script(conn, "vividly.sql", "public")
        run_script(conn, "vividly_rows.sql", "public")
    migrate.upgrade()
    with transaction() as conn:
        load_samples(conn)
    yield
    engine().dispose()


@pytest.mark.usefixtures("adopted")
def test_a_request_in_an_adopted_database_becomes_a_film(monkeypatch: pytest.MonkeyPatch) -> None:
    """A student who was there before asks, and the request is completed in the team's own tables."""
    studio = Studio()
    monkeypatch.setattr(providers, "render", studio.render)
    request_id = ask(id="req_adopted", student_id="user_student")
    drain()

    assert "completed" == read(request_id)["status"]
    assert 1 == studio.films
