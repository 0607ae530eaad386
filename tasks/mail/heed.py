"""Tells a system what it is to know of one of its letters, in a job of its own."""

from __future__ import annotations

import dramatiq

from bellwork.db.letters.look import posted_letter
from bellwork.db.letters.states import ENDINGS
from bellwork.tasks.mail import hooks
from bellwork.workers import job


@dramatiq.actor(
    actor_name="mail.heed_unsubscribed", callers="internal", queue_name="mail", max_retries=40, time_limit=60_000
)
def heed_unsubscribed(letter_id: int) -> None:
    """Say that the reader wants no more like it; that none goes any more stands in the ledger already."""
    with job.transaction() as conn:
        if found := posted_letter(conn, letter_id):
            hooks.unsubscribed(conn, found[0])


@dramatiq.actor(
    actor_name="mail.heed_settled", callers="internal", queue_name="mail", max_retries=40, time_limit=60_000
)
def heed_settled(letter_id: int) -> None:
    """Say what became of a letter, where that could not be said at once."""
    with job.transaction() as conn:
        found = posted_letter(conn, letter_id)
        if found and found[1] in ENDINGS:
            hooks.told(conn, *found)
