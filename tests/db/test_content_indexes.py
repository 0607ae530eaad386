"""The indexes added to the document's own are the ones the planner takes for what they were made for."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from bellwork.db.engine import transaction
from bellwork.db.sql import sql

_MANY_REQUESTS = """
INSERT INTO {content}.content_requests
    (id, student_id, original_query, topic_id, interest_id, style, status, generated_content_id, completed_at,
     created_at, updated_at)
SELECT 'req_many_' || n, 'user_student', 'Why?', 'topic_phys', 'int_basketball', 'style_' || n % 50,
       CAST(('{generating_video,failed,completed,completed}'::text[])[1 + n % 4] AS {content}.request_status),
       'content_1', now(), now() - n * interval '1 hour', now() - n * interval '1 hour'
FROM generate_series(1, 3000) n
"""
SERVED_BY = {
    "idx_users_reset_token_expiry": "SELECT FROM {content}.users WHERE reset_token_expires_at < now()",
    "idx_content_requests_key": (
        "SELECT FROM {content}.content_requests WHERE topic_id = 'topic_phys' AND interest_id = 'int_basketball'"
        " AND style = 'style_7' AND deleted_at IS NULL AND status NOT IN ('completed', 'failed')"
    ),
    "idx_content_requests_sweep": (
        "SELECT FROM {content}.content_requests WHERE status = 'failed' AND updated_at < now() - interval '120 days'"
        " AND deleted_at IS NULL"
    ),
    "idx_content_requests_retention": (
        "SELECT FROM {content}.content_requests WHERE created_at < now() - interval '90 days'"
        " AND status IN ('completed', 'failed') AND deleted_at IS NULL"
    ),
    "idx_users_leaving": "SELECT FROM {content}.users WHERE org_id = 'org_mnps' AND id > 'a' ORDER BY id LIMIT 50",
    "idx_classes_leaving_teacher": "SELECT FROM {content}.classes WHERE teacher_id = 'user_teacher'",
    "idx_classes_leaving_school": "SELECT FROM {content}.classes WHERE school_id = 'school_hillsboro_hs'",
    "idx_class_students_leaving": "SELECT FROM {content}.class_students WHERE student_id = 'user_student'",
    "idx_account_requests_class": "SELECT FROM {content}.student_account_requests WHERE class_id = 'class_1'",
    "idx_account_requests_reviewer": "SELECT FROM {content}.student_account_requests WHERE reviewed_by = 'head'",
    "idx_account_requests_created_user": "SELECT FROM {content}.student_account_requests WHERE created_user_id = 'ada'",
    "idx_bulk_upload_jobs_school": "SELECT FROM {content}.bulk_upload_jobs WHERE school_id = 'school_hillsboro_hs'",
    "idx_feedback_retention": "SELECT FROM {content}.feedback WHERE created_at < now() - interval '730 days'",
    "idx_feedback_regeneration_request": "SELECT FROM {content}.feedback WHERE regeneration_request_id = 'req_1'",
}


@pytest.mark.parametrize("index", SERVED_BY)
@pytest.mark.usefixtures("filled")
def test_an_index_of_ours_serves_the_statement_it_was_made_for(index: str) -> None:
    """Where a sequential scan is no way out, the planner takes the index."""
    with transaction() as conn:
        conn.execute(sql(_MANY_REQUESTS))
        conn.execute(sql("ANALYZE {content}.content_requests"))
        conn.execute(text("SET LOCAL enable_seqscan = off"))
        plan = "\n".join(conn.execute(sql("EXPLAIN " + SERVED_BY[index])).scalars())

    assert index in plan
