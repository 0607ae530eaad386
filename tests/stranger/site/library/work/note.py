"""The second stage: the visit is noted."""

from __future__ import annotations

import dramatiq

from bellwork.db.sql import sql
from bellwork.workers import job

_NOTE = """
WITH loan AS (
    UPDATE {library}.loans SET status = 'noted' WHERE id = :id AND status = 'lent' RETURNING reader)
INSERT INTO {library}.visits (reader) SELECT reader FROM loan
"""


@dramatiq.actor(
    actor_name="library.note_visit",
    queue_name="library-fast",
    lane="short",
    callers="internal",
    min_backoff=100,
    max_backoff=1_000,
)
def note_visit(loan_id: str) -> None:
    """Note it, once."""
    with job.transaction() as conn:
        conn.execute(sql(_NOTE), {"id": loan_id})
