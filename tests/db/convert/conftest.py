"""A team's database with a plain audit trail of years, adopted."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from sqlalchemy import text

from bellwork.db import migrate
from bellwork.db.engine import engine, forget, transaction
from bellwork.db.partitions.declared import declared
from tests.conftest import _environment, _fresh
from tests.db.catalog import run_script
from tests.recycled import clone

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bellwork.db.vocabulary import PartitionedTable
    from bellwork.ops.embedded import Stack

_ROWS = text("""
INSERT INTO public.audit_logs (user_id, user_role, action, resource_type, resource_id, ip_address, metadata, created_at)
SELECT CASE WHEN n % 3 > 0 THEN 'user_student' END, 'student', 'view', 'content', n::text, '10.0.0.1',
       jsonb_build_object('n', n), now() - n * interval '1 day'
FROM generate_series(1, :count) n
""")


@pytest.fixture(scope="session")
def adopted(stack: Stack) -> str:
    """A database as vividly.md draws it in the schema public, 2,000 audit rows of five years, adopted; a template."""
    name = f"team_{uuid4().hex}"
    clone(stack, name)
    with pytest.MonkeyPatch.context() as patch, _environment(stack, name):
        patch.setenv("SCHEMAS", "content=public")
        forget()
        _draw()
        migrate.upgrade()
    return name


@pytest.fixture
def team(empty_database: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Such a database before its adoption."""
    monkeypatch.setenv("SCHEMAS", "content=public")
    forget()
    _draw()
    yield empty_database
    engine().dispose()


@pytest.fixture
def plain(stack: Stack, adopted: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[PartitionedTable]:
    """The audit trail of an adopted database."""
    monkeypatch.setenv("SCHEMAS", "content=public")
    with contextmanager(_fresh)(stack, adopted):
        yield declared("content.audit_logs")
        engine().dispose()


def _draw() -> None:
    with transaction() as conn:
        run_script(conn, "vividly.sql", "public")
        run_script(conn, "vividly_rows.sql", "public")
        conn.execute(_ROWS, {"count": 2_000})
