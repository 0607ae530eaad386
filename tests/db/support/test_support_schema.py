"""The tables of support are student_interventions's with their rules, in a new database and in a team's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from bellwork.db import migrate
from bellwork.db.engine import engine, forget, transaction
from bellwork.db.migrations.build import UnfitSchemaError
from bellwork.db.support import detection
from tests.db.catalog import definitions, rows, run_script

if TYPE_CHECKING:
    from collections.abc import Iterator

#: A student without news for months has a row of an older program, which says what no row may say from here on.
_ROWS = """
INSERT INTO public.user_profiles DEFAULT VALUES;
INSERT INTO public.courses DEFAULT VALUES;
INSERT INTO public.student_enrollments (user_id, course_id, status, enrolled_at, completion_percentage)
SELECT u.id, c.id, 'active', '2026-01-01Z', 100 FROM public.user_profiles u, public.courses c, generate_series(1, 3);
INSERT INTO public.student_interventions (student_id, enrollment_id, course_id, risk_level, risk_reasons, status)
SELECT user_id, id, course_id, CASE row_number() OVER (ORDER BY id) WHEN 1 THEN 'banana' ELSE 'high' END,
       ARRAY['inactive'], CASE row_number() OVER (ORDER BY id) WHEN 3 THEN 'completed' ELSE 'pending' END
FROM public.student_enrollments
"""
_OWN = {"student_interventions", "student_enrollments", "user_profiles", "courses"}


@pytest.fixture
def team(empty_database: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A team's database with rows in its schema public, to which support is mapped."""
    del empty_database
    monkeypatch.setenv("SCHEMAS", "support=public")
    forget()
    with transaction() as conn:
        run_script(conn, "support/student_interventions.sql", "public")
        for statement in _ROWS.split(";\n"):
            conn.execute(text(statement))
    yield
    engine().dispose()


@pytest.mark.usefixtures("empty_database")
def test_everything_that_is_drawn_stands_under_its_name() -> None:
    """Columns, keys and indexes of student_interventions."""
    with transaction() as conn:
        run_script(conn, "support/student_interventions.sql", "public")
    migrate.upgrade()
    with transaction() as conn:
        drawn, ours = definitions(conn, "public"), definitions(conn, "support")

    # Of the three tables it refers to nothing is drawn but their ids.
    assert set() == {line for line in drawn - ours if " student_enrollments." not in line}


@pytest.mark.usefixtures("team")
def test_a_team_that_has_the_tables_keeps_its_rows() -> None:
    """Up and down: every row is as it was, and while it is adopted, open rows are flags."""
    with transaction() as conn:
        before = rows(conn, "public")
    migrate.upgrade()
    with transaction() as conn:
        adopted, flagged = definitions(conn, "public"), rows(conn, "public")["student_enrollments"]
    migrate.downgrade("base")
    with transaction() as conn:
        after = rows(conn, "public")

    assert before == after
    assert [False, True, True] == sorted(row["is_at_risk"] for row in flagged)
    assert 8 == sum(line.endswith("NOT VALID") for line in adopted if "constraint student_interventions." in line)


@pytest.mark.usefixtures("team")
def test_old_rows_are_not_accused_and_new_ones_are() -> None:
    """A level of another program is corrected by the next detection; a new one like it is refused."""
    migrate.upgrade()
    with transaction() as conn:
        detection.detect(conn, detection.list_due(conn))
    with transaction() as conn:
        levels = {(row["risk_level"], row["status"]) for row in rows(conn, "public")["student_interventions"]}
    with transaction() as conn, pytest.raises(IntegrityError, match="risk_level_check"):
        conn.execute(text("UPDATE public.student_interventions SET risk_level = 'banana'"))

    assert {("medium", "pending"), ("high", "completed")} == levels


@pytest.mark.usefixtures("team")
def test_two_open_rows_of_an_enrollment_are_refused_and_nothing_is_changed() -> None:
    """The message says what to do."""
    with transaction() as conn:
        conn.execute(
            text("""INSERT INTO public.student_interventions (
                    student_id, enrollment_id, course_id, risk_level, risk_reasons)
                SELECT student_id, enrollment_id, course_id, 'low', ARRAY['x'] FROM public.student_interventions
                WHERE status = 'pending'""")
        )
        before = definitions(conn, "public")
    with pytest.raises(UnfitSchemaError, match="2 enrollments have more than one open intervention"):
        migrate.upgrade()
    with transaction() as conn:
        assert before == definitions(conn, "public")


@pytest.mark.usefixtures("team")
def test_a_table_of_another_kind_is_refused() -> None:
    """Attempts of quizzes without ids of their source are not ours."""
    with transaction() as conn:
        conn.execute(text("CREATE TABLE public.quiz_attempts (id uuid PRIMARY KEY, passed boolean)"))
    with pytest.raises(UnfitSchemaError, match="table quiz_attempts without source_id"):
        migrate.upgrade()
