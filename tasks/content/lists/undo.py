"""Takes a class list back: who is new and has not begun goes, places in classes and leavers are as they were before."""

from __future__ import annotations

from typing import TYPE_CHECKING

import dramatiq

from bellwork.db.content.lists import undo as rows
from bellwork.db.engine import transaction
from bellwork.tasks.content.accounts.letters import INVITATION
from bellwork.tasks.letters import call_off_person
from bellwork.workers import job

if TYPE_CHECKING:
    from sqlalchemy import Connection


@dramatiq.actor(
    actor_name="content.undo_class_list",
    callers="internal",
    queue_name="lists",
    max_retries=10,
    min_backoff=5_000,
    max_backoff=300_000,
    time_limit=3_600_000,
)
def undo_class_list(job_id: str) -> None:
    """Undo an upload for which content.undo_class_list(upload_id) was called, within the 24 hours that it checks.

    Without that, or a second time, nothing happens. Who logged in, used an invitation, asked a question or teaches
    stays. Cut off anywhere, the next attempt does the rest.
    """
    after = ""
    while True:
        with transaction() as conn:
            if not rows.is_to_undo(conn, job_id):
                return
            users = rows.next_users(conn, job_id, after)
            _remove(conn, job_id, users)
        if not users:
            break
        after = users[-1]
    with job.transaction() as conn:
        if rows.is_to_undo(conn, job_id):
            rows.take_back(conn, job_id)


def _remove(conn: Connection, upload_id: str, users: list[str]) -> None:
    for user in rows.remove_users(conn, upload_id, users):
        call_off_person(conn, "content", "the list that made the account was undone", user, INVITATION)
