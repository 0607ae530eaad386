"""Takes a session in: checked, completed, written once by its id, and noted for its tutor in the same commit."""

from __future__ import annotations

from typing import Any

from bellwork.db.tutoring import queries
from bellwork.tasks.tutoring.session_form import completed, objections
from bellwork.workers import Permanent, job
from bellwork.workers.actor import actor


@actor(
    actor_name="tutoring.take_session",
    subject="session.tutor_id",
    queue_name="tutoring",
    max_retries=5,
    min_backoff=1_000,
    time_limit=60_000,
)
def take_session(session: dict[str, Any]) -> None:
    """Insert or update a session by its session_id; fields that are left out stay as they are.

    What comes twice changes nothing, nor does what is older than the row by `updated_at`, where it says so. A session
    that moves to another day or tutor is noted for both. Permanent, with the reason, for what is no session, and where
    its tutor or student is not there.
    """
    if wrong := objections(session):
        raise Permanent(f"the session is refused: {'; '.join(wrong[:5])}")
    with job.transaction() as conn:
        written = queries.write_session(conn, completed(session))
        if not written.tutor_known or not written.student_known:
            who = "tutor" if not written.tutor_known else "student"
            raise Permanent(f"the session is refused: there is no {who} with its {who}_id")
        if written.notes:
            queries.note_changes(conn, written.notes)
