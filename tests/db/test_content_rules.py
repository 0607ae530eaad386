"""What the document and our work hold true of the content system's rows, the database refuses to break."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from bellwork.db.engine import transaction
from bellwork.db.sql import sql

STAMPED = [
    "bulk_upload_jobs",
    "classes",
    "content_requests",
    "generated_content",
    "interests",
    "organizations",
    "student_account_requests",
    "student_interests",
    "student_progress",
    "topics",
    "users",
]
REFUSED = {
    "a student without a grade": (
        "UPDATE {content}.users SET grade_level = NULL WHERE role = 'student'",
        "users_check",
    ),
    "a teacher with a grade": ("UPDATE {content}.users SET grade_level = 9 WHERE role = 'teacher'", "users_check"),
    "a school without a district": (
        "UPDATE {content}.organizations SET parent_id = NULL WHERE org_type = 'school'",
        "organizations_check",
    ),
    "a class of grade 13": ("UPDATE {content}.classes SET grade_level = 13", "classes_grade_level_check"),
    "an eleventh interest": ("UPDATE {content}.student_interests SET rank = 11", "student_interests_rank_check"),
    "six stars": ("UPDATE {content}.feedback SET rating = 6", "feedback_rating_check"),
    "an address twice": ("UPDATE {content}.users SET email = 'same@example.org'", "users_email_key"),
    "a topic twice in one student's progress": (
        "INSERT INTO {content}.student_progress (student_id, topic_id) VALUES ('user_student', 'topic_phys')",
        "student_progress_student_id_topic_id_key",
    ),
    "the same content twice": (
        (
            "INSERT INTO {content}.generated_content (id, topic_id, interest_id, cache_key, content_type)"
            " VALUES ('content_2', 'topic_phys', 'int_basketball', 'key_1', 'vivid_now')"
        ),
        "generated_content_cache_key_key",
    ),
    "a completed request without content": (
        "UPDATE {content}.content_requests SET status = 'completed', completed_at = now()",
        "content_requests_completed_check",
    ),
    "a completed request without its moment": (
        "UPDATE {content}.content_requests SET status = 'completed', generated_content_id = 'content_1'",
        "content_requests_completed_check",
    ),
    "fewer than no retries": (
        "UPDATE {content}.content_requests SET retry_count = -1",
        "content_requests_retry_count_check",
    ),
    "a teacher deleted over a class": (
        "DELETE FROM {content}.users WHERE id = 'user_teacher'",
        "classes_teacher_id_fkey",
    ),
    "content deleted under a topic": ("DELETE FROM {content}.topics", "generated_content_topic_id_fkey"),
}


@pytest.mark.parametrize("what", REFUSED)
@pytest.mark.usefixtures("filled")
def test_the_database_refuses(what: str) -> None:
    """A row that breaks a rule is refused under the rule's name."""
    statement, rule = REFUSED[what]
    with pytest.raises(IntegrityError) as refused, transaction() as conn:
        conn.execute(sql(statement))

    assert rule == _diagnostics(refused.value).constraint_name


@pytest.mark.usefixtures("filled")
def test_content_of_a_completed_request_cannot_be_deleted() -> None:
    """Generated content is never deleted (vividly.md, Data Retention); under a completed request it cannot be."""
    complete = (
        "UPDATE {content}.content_requests SET status = 'completed', completed_at = now(), "
        "generated_content_id = 'content_1' WHERE id = 'req_1'"
    )
    with transaction() as conn:
        conn.execute(sql(complete))
    with pytest.raises(IntegrityError, match="content_requests_completed_check"), transaction() as conn:
        conn.execute(sql("DELETE FROM {content}.generated_content"))


@pytest.mark.parametrize("table", STAMPED)
@pytest.mark.usefixtures("filled")
def test_a_changed_row_knows_when(table: str) -> None:
    """Whatever an UPDATE says, updated_at becomes the moment of its transaction."""
    with transaction() as conn:
        conn.execute(text(f"UPDATE content.{table} SET updated_at = '2001-01-01'"))  # noqa: S608 - from our list
        fresh = conn.execute(text(f"SELECT bool_and(updated_at = now()) FROM content.{table}")).scalar_one()  # noqa: S608

    assert fresh is True


@pytest.mark.usefixtures("database")
def test_every_table_with_updated_at_is_in_the_list() -> None:
    """No table with updated_at escapes the test above."""
    having = text(
        "SELECT relname FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid"
        " WHERE relnamespace = to_regnamespace('content') AND relkind = 'r' AND attname = 'updated_at' ORDER BY 1"
    )
    with transaction() as conn:
        assert STAMPED == conn.execute(having).scalars().all()


@pytest.mark.usefixtures("filled")
def test_an_audit_row_without_a_partition_is_refused() -> None:
    """There is no DEFAULT partition that would take it in and then stand in the way of its month."""
    with pytest.raises(IntegrityError, match="no partition of relation"), transaction() as conn:
        conn.execute(sql("INSERT INTO {content}.audit_logs (action, created_at) VALUES ('old', '1999-12-31Z')"))


@pytest.mark.usefixtures("filled")
def test_the_audit_trail_outlives_the_user() -> None:
    """A deleted user leaves the audit row behind, without saying whose it was."""
    with transaction() as conn:
        conn.execute(sql("DELETE FROM {content}.classes"))
        conn.execute(sql("DELETE FROM {content}.users"))
        left = conn.execute(sql("SELECT user_id, action FROM {content}.audit_logs")).all()

    assert [(None, "view_student_data")] == left


def _diagnostics(error: IntegrityError) -> Any:
    return getattr(error.orig, "diag", None)
