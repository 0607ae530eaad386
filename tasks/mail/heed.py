"""Tells a system that the reader of one of its letters wants no more like it."""

from __future__ import annotations

import dramatiq

from bellwork.db.letters.look import posted_letter
from bellwork.tasks.mail import hooks
from bellwork.workers import job


@dramatiq.actor(
    actor_name="mail.heed_unsubscribed", callers="internal", queue_name="mail", max_retries=40, time_limit=60_000
)
def heed_unsubscribed(letter_id: int) -> None:
    """Tell the system, for what it keeps of its own; that no letter goes any more stands in the books already."""
    with job.transaction() as conn:
        if letter := posted_letter(conn, letter_id):
            hooks.unsubscribed(conn, letter)
