"""What the content system's scene asks: submits requests as an API layer would, and reads how far each has come."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from bellwork.db.sql import sql

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

_SUBMIT = """
INSERT INTO {content}.content_requests (id, student_id, original_query, interest_id)
VALUES (:id, :student_id, :query, :interest_id)
"""
_PROGRESS = """
SELECT r.id, r.status::text AS status, r.cache_hit, r.generated_content_id AS content_id, r.error_message,
       r.topic_id, r.interest_id, r.style, r.metadata, r.created_at, c.video_url, c.audio_url, c.duration_seconds,
       coalesce(c.generation_metadata, '{}') AS generation_metadata
FROM {content}.content_requests r LEFT JOIN {content}.generated_content c ON c.id = r.generated_content_id
WHERE r.id = ANY(:ids) ORDER BY r.created_at
"""
_JOBS = """
SELECT id, actor, queue, state, attempt, retries, errors, reason, claimed_at, finished_at FROM (
    SELECT id, actor, queue, state, attempt, retries, errors, reason, args, claimed_at, finished_at
    FROM bellwork.finished_jobs
    UNION ALL
    SELECT id, actor, queue, state, attempt, retries, errors, NULL, args, claimed_at, NULL FROM bellwork.jobs) j
WHERE args @> CAST(:args AS jsonb) ORDER BY id
"""
_RUNNING_ALONE = """
SELECT j.id FROM bellwork.jobs j
WHERE j.state = 'running' AND j.actor = :actor AND j.claimed_at < clock_timestamp() - make_interval(secs => :seconds)
  AND j.args ->> 'topic_id' IS DISTINCT FROM CAST(:spared AS text)
  AND NOT EXISTS (SELECT FROM bellwork.jobs o WHERE o.worker_id = j.worker_id AND o.actor <> j.actor)
LIMIT 1
"""


def submit_request(conn: Connection, request: dict[str, Any]) -> None:
    """Insert a request row: `id`, `student_id`, `query` and `interest_id` (None: the student's favourite)."""
    conn.execute(sql(_SUBMIT), request)


def progress_of(conn: Connection, ids: Sequence[str]) -> list[dict[str, Any]]:
    """Return the requests with status, history (in metadata) and their content's addresses, in order of arrival."""
    return [dict(row) for row in conn.execute(sql(_PROGRESS), {"ids": list(ids)}).mappings()]


def jobs_with(conn: Connection, args: dict[str, str]) -> list[dict[str, Any]]:
    """Return every job, finished or not, whose arguments contain these, in the order they were enqueued.

    It reads the whole history, which is what a demo's small one is for.
    """
    return [dict(row) for row in conn.execute(text(_JOBS), {"args": json.dumps(args)}).mappings()]


def running_alone(conn: Connection, actor: str, seconds: float, spared: str | None) -> int | None:
    """Return a job that has run so long in a process that runs no other kind; None: there is none.

    It is of this actor, and not of the topic that is `spared`.
    """
    asked = {"actor": actor, "seconds": seconds, "spared": spared}
    return conn.execute(text(_RUNNING_ALONE), asked).scalar()
