"""What the tests of class lists share: a school with a teacher, an administrator and two classes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bellwork.db.engine import forget, transaction
from tests.db.catalog import run_script
from tests.tasks.content.lists.office import change

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def school(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A district with two schools; returns the folder that holds `storage` and `mail`."""
    del database
    monkeypatch.setenv("STORAGE_URL", f"file://{tmp_path}/storage")
    monkeypatch.setenv("SMTP_URL", f"file://{tmp_path}/mail")
    monkeypatch.setenv("INVITATION_URL", "https://learn.example.org/welcome")
    forget()
    with transaction() as conn:
        run_script(conn, "vividly_rows.sql", "content")
    change("""
        INSERT INTO {content}.organizations (id, name, org_type, parent_id)
        VALUES ('school_other', 'Other School', 'school', 'org_mnps')
    """)
    change("""
        INSERT INTO {content}.users (id, email, password_hash, first_name, last_name, role, org_id, grade_level) VALUES
        ('user_head', 'head@example.org', 'x', 'Hester', 'Head', 'school_admin', 'school_hillsboro_hs', NULL),
        ('user_elsewhere', 'elsewhere@example.org', '!', 'Else', 'Where', 'student', 'school_other', 9)
    """)
    change("""
        INSERT INTO {content}.classes (id, name, grade_level, teacher_id, school_id, metadata) VALUES
        ('class_2', 'History 9B', 9, 'user_teacher', 'school_hillsboro_hs', '{"sourcedId": "c-9b"}')
    """)
    return tmp_path
