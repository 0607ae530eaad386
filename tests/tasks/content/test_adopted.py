"""The pipeline in a team's own database, whose tables stood in `public` with rows in them before Bellwork came."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from bellwork.db import migrate
from bellwork.db.content.seed import load_samples
from bellwork.db.engine import engine, forget, transaction
from bellwork.tasks import providers
from bellwork.tasks.content.old_names import archive_requests
from bellwork.tasks.content.retention.organization_deletion import delete_organization
from bellwork.workers.testing import drain, run_inline
from tests.db.catalog import run_script
from tests.tasks.content.conftest import Studio
from tests.tasks.content.lesson import ask, read
from tests.tasks.content.retention.old import tell

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
    """A student who was there before asks, and the request is completed in the team's tables."""
    studio = Studio()
    monkeypatch.setattr(providers, "render", studio.render)
    request_id = ask(id="req_adopted", student_id="user_student")
    drain()

    assert "completed" == read(request_id)["status"]
    assert 1 == studio.films


@pytest.mark.usefixtures("adopted")
def test_old_rows_and_an_organization_leave_an_adopted_database() -> None:
    """Rows older than Bellwork are archived and swept, and a district goes with its people, in the team's tables."""
    with transaction() as conn:
        conn.execute(text("UPDATE public.content_requests SET created_at = now() - interval '1 year'"))
        conn.execute(text("UPDATE public.bulk_upload_jobs SET file_path = ''"))
        conn.execute(text("""UPDATE public.organizations SET metadata = '{"contract_end"\\: "2026-01-31"}'"""))
    swept = run_inline(archive_requests)
    with transaction() as conn:
        live = conn.execute(text("SELECT count(*) FROM public.content_requests WHERE deleted_at IS NOT NULL")).scalar()
        conn.execute(text("UPDATE public.organizations SET metadata = '{}' WHERE org_type = 'school'"))
    tell("org_mnps", "2026-01-31")
    left = run_inline(delete_organization, organization_id="org_mnps", contract_end="2026-01-31")
    with transaction() as conn:
        people = conn.execute(text("SELECT count(*) FROM public.users")).scalar()
        audited = conn.execute(text("SELECT array_agg(user_id) FROM public.audit_logs")).scalar()

    assert ("done", "done") == (swept["state"], left["state"])
    assert live
    assert (0, [None]) == (people, audited)
