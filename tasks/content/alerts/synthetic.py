"""Asks for a lesson each hour, from the question to the film, as a student does; that of yesterday is removed."""

from __future__ import annotations

import dramatiq

from bellwork.db.content.alerts.synthetic import ask_for_lesson, old_lessons, remove_lessons
from bellwork.db.engine import transaction
from bellwork.db.settings import settings
from bellwork.tasks.content.artefacts import forget_artefacts
from bellwork.tasks.content.sending import send_request
from bellwork.tasks.content.understand import understand
from bellwork.workers import job


@dramatiq.actor(
    actor_name="content.ask_synthetic", callers="internal", queue_name="content", max_retries=0, time_limit=60_000
)
def ask_synthetic() -> None:
    """Ask once an hour, if SYNTHETIC_REQUESTS is set; the files of old ones go first, then their rows."""
    with transaction() as conn:
        old = old_lessons(conn)
    for generation in old:
        forget_artefacts(generation)
    with job.transaction() as conn:
        remove_lessons(conn, old)
        request_id = ask_for_lesson(conn) if settings().synthetic_requests else None
        if request_id:
            send_request(understand, request_id)
