"""The first stage: a book is lent to whoever asked for it."""

from __future__ import annotations

import dramatiq

from bellwork.db.sql import sql
from bellwork.workers import job
from library.work.note import note_visit

_LEND = """
UPDATE {library}.loans SET status = 'lent', due_at = now() + interval '14 days' WHERE id = :id AND status = 'asked'
RETURNING id
"""


@dramatiq.actor(actor_name="library.lend", queue_name="library", min_backoff=100, max_backoff=1_000)
def lend(loan_id: str) -> None:
    """Lend it, once, and have the visit noted."""
    with job.transaction() as conn:
        if conn.execute(sql(_LEND), {"id": loan_id}).scalar():
            note_visit.send_with_options(kwargs={"loan_id": loan_id}, unique_key=f"library.note_visit:{loan_id}")
