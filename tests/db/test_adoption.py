"""A team's own database, built from vividly.md, keeps every table and row; it is given only what it lacks."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from bellwork.db import migrate, revision
from bellwork.db.engine import engine, forget, transaction
from bellwork.db.migrations.build import UnfitSchemaError
from bellwork.db.sql import sql
from tests.db.catalog import definitions, rows, run_script
from tests.ops.command import bellwork

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_TABLES = text("SELECT oid::regclass::text FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'")
#: Completed by a worker that wrote neither content nor moment: no rule of ours may make it unsweepable.
_LEGACY = text(
    "INSERT INTO public.content_requests (id, student_id, original_query, status, created_at)"
    " VALUES ('req_old', 'user_student', 'Why?', 'completed', '2020-01-01Z')"
)


@pytest.fixture
def team(empty_database: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:  # noqa: ARG001
    """A team's database with rows in each table of the schema public, to which content is mapped."""
    monkeypatch.setenv("SCHEMAS", "content=public")
    forget()
    with transaction() as conn:
        run_script(conn, "vividly.sql", "public")
        run_script(conn, "vividly_rows.sql", "public")
        conn.execute(_LEGACY)
    yield
    engine().dispose()


@pytest.mark.usefixtures("team")
def test_adoption_keeps_every_row() -> None:
    """Up and down, the rows are the same, but for deleted_at while it is there."""
    with transaction() as conn:
        before = rows(conn, "public")
    migrate.upgrade()
    with transaction() as conn:
        adopted = rows(conn, "public")
    migrate.downgrade("base")
    with transaction() as conn:
        after = rows(conn, "public")

    assert 14 == len(before)
    assert all(before.values())
    assert before == {table: _without_deleted_at(table, kept) for table, kept in adopted.items() if table in before}
    assert before == after


@pytest.mark.usefixtures("team")
def test_a_team_resumes_what_deletes_and_writes_to_people(tmp_path: Path) -> None:
    """`bellwork migrate` says which entries wait: none that moves requests on, or keeps the place in order."""
    told = json.loads(bellwork("migrate", "--json", cwd=tmp_path).stdout)

    assert {"content.archive_requests", "content.end_contracts", "content.remove_uploads"} <= set(told["paused"])
    assert not {"content.sweep_stuck", "upkeep.rotate_partitions"} & set(told["paused"])


@pytest.mark.usefixtures("empty_database")
def test_tables_that_any_release_of_ours_made_are_not_found() -> None:
    """Their marks tell, where it was an older release that kept no book of the system."""
    migrate.upgrade()
    with transaction() as conn:
        conn.exec_driver_sql("DROP TABLE bellwork.alembic_version_content")
        conn.exec_driver_sql("DELETE FROM bellwork.systems")
    migrate.upgrade()
    with transaction() as conn:
        assert [("content", False)] == [
            tuple(row) for row in conn.execute(text("SELECT word, found FROM bellwork.systems"))
        ]


@pytest.mark.usefixtures("team")
def test_adoption_only_adds_and_its_way_back_only_takes_what_it_added() -> None:
    """Everything of the team's stands as it stood, adopted and let go; only generate_id stays mended."""
    with transaction() as conn:
        before = definitions(conn, "public")
    migrate.upgrade()
    with transaction() as conn:
        adopted = definitions(conn, "public")
    migrate.downgrade("base")
    with transaction() as conn:
        after = definitions(conn, "public")

    assert ["function generate_id(text)"] == [line[:26] for line in before - adopted]
    assert before - after == before - adopted
    assert after - before <= adopted
    assert len(after) == len(before)


@pytest.mark.usefixtures("team")
def test_adoption_brings_the_corrections() -> None:
    """What the document forgot is there: the column, the triggers, the indexes, the rules."""
    with transaction() as conn:
        before = definitions(conn, "public")
    migrate.upgrade()
    with transaction() as conn:
        added = sorted(line for line in definitions(conn, "public") - before if not line.startswith("function"))
        made_id = conn.execute(sql("SELECT {content}.generate_id('user')")).scalar_one()

    theirs = {line.split()[1].partition(".")[0] for line in before if line.startswith("column ")}
    indexes = [re.search(r"(\S+) ON (\S+)", line) for line in added if line.startswith("index ")]

    assert "column content_requests.deleted_at timestamp with time zone" in added
    assert 10 == len([line for line in added if line.startswith("trigger ")])
    assert [
        "idx_account_requests_class",
        "idx_account_requests_created_user",
        "idx_account_requests_reviewer",
        "idx_bulk_upload_jobs_school",
        "idx_bulk_upload_jobs_waiting",
        "idx_class_students_leaving",
        "idx_classes_leaving_school",
        "idx_classes_leaving_teacher",
        "idx_content_requests_created",
        "idx_content_requests_key",
        "idx_content_requests_retention",
        "idx_content_requests_sweep",
        "idx_feedback_regeneration_request",
        "idx_feedback_retention",
        "idx_users_email_lower",
        "idx_users_leaving",
        "idx_users_reset_token_expiry",
    ] == [found[1] for found in indexes if found and found[2] in theirs]
    checks = [line for line in added if line.startswith("constraint ") and line.split()[1].partition(".")[0] in theirs]
    assert [True, True] == [line.endswith("NOT VALID") for line in checks]
    assert made_id.startswith("user_")


@pytest.mark.usefixtures("team")
def test_a_plain_audit_table_stays_plain() -> None:
    """Adoption does not partition it; audit rows go on being written."""
    migrate.upgrade()
    with transaction() as conn:
        conn.execute(sql("INSERT INTO {content}.audit_logs (action, created_at) VALUES ('any day', '1999-12-31Z')"))
        kind = conn.execute(text("SELECT relkind FROM pg_class WHERE oid = 'public.audit_logs'::regclass")).scalar_one()

    assert kind == "r"


@pytest.mark.usefixtures("team")
def test_old_rows_are_not_accused_and_new_ones_are_held_to_the_rule() -> None:
    """A completed row without content can still be swept away after its 90 days; no new one can be written."""
    migrate.upgrade()
    with transaction() as conn:
        swept = conn.execute(
            sql("UPDATE {content}.content_requests SET deleted_at = now() WHERE status = 'completed' RETURNING id")
        )
        assert ["req_old"] == swept.scalars().all()
    with pytest.raises(IntegrityError, match="content_requests_completed_check"), transaction() as conn:
        conn.execute(sql("UPDATE {content}.content_requests SET status = 'completed' WHERE id = 'req_1'"))


@pytest.mark.usefixtures("team")
def test_a_missing_table_is_built_beside_the_teams_own() -> None:
    """What a team never built is built, partitions and all, and dropped again; the rest is adopted."""
    with transaction() as conn:
        conn.execute(text("DROP TABLE public.audit_logs"))
    migrate.upgrade()
    with transaction() as conn:
        conn.execute(sql("INSERT INTO {content}.audit_logs (action) VALUES ('first')"))
    migrate.downgrade("base")
    with transaction() as conn:
        left = set(conn.execute(_TABLES).scalars())

    assert "users" in left
    assert not [table for table in left if table.startswith("audit_logs")]


@pytest.mark.usefixtures("team")
def test_a_column_the_team_had_added_itself_stays_theirs() -> None:
    """A team that had mended its deleted_at keeps the column, and what is in it, after the way back."""
    with transaction() as conn:
        conn.execute(text("ALTER TABLE public.content_requests ADD COLUMN deleted_at timestamptz"))
        conn.execute(text("UPDATE public.content_requests SET deleted_at = '2026-01-01Z' WHERE id = 'req_2'"))
    migrate.upgrade()
    migrate.downgrade("base")
    with transaction() as conn:
        deleted = conn.execute(text("SELECT id FROM public.content_requests WHERE deleted_at IS NOT NULL")).scalars()

        assert ["req_2"] == deleted.all()


@pytest.mark.parametrize(
    ("foreign", "lacking"),
    [
        ("CREATE TABLE public.users (id int, email text)", "table users without password_hash, "),
        ("CREATE TYPE public.user_role AS ENUM ('student', 'teacher')", "type user_role without 'school_admin', "),
    ],
)
@pytest.mark.usefixtures("empty_database")
def test_a_schema_of_something_else_is_refused(monkeypatch: pytest.MonkeyPatch, foreign: str, lacking: str) -> None:
    """A table or a type that is not vividly.md's stops the migration, which says so and has changed nothing."""
    monkeypatch.setenv("SCHEMAS", "content=public")
    forget()
    with transaction() as conn:
        conn.execute(text(foreign))
        before = definitions(conn, "public")
    with pytest.raises(UnfitSchemaError, match=rf"schema 'public' holds {lacking}.*SCHEMAS="):
        migrate.upgrade()
    with transaction() as conn:
        after = definitions(conn, "public")

    assert before == after
    assert revision.is_current() is False
    assert ("content", None) in [(each.line.word, each.found) for each in revision.behind()]


def _without_deleted_at(table: str, kept: list[dict[str, Any]]) -> list[dict[str, Any]]:
    if table != "content_requests":
        return kept
    return [{name: value for name, value in row.items() if name != "deleted_at"} for row in kept]
