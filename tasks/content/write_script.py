"""First stage of a generation: the script. Everybody who waits for it moves on together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import dramatiq

from bellwork.db.content.queries import Generation, cascade, fail_generation
from bellwork.db.content.tables import RequestStatus
from bellwork.tasks.content.narrate import narrate
from bellwork.tasks.content.outside import is_retryable
from bellwork.tasks.content.scripts import RETRIES, script_of
from bellwork.tasks.content.sending import send_generation
from bellwork.workers import job

if TYPE_CHECKING:
    from sqlalchemy import Connection


def _fail(conn: Connection, args: dict[str, Any], reason: str) -> None:
    stage = RequestStatus.GENERATING_SCRIPT
    fail_generation(conn, Generation(**args), stage, reason, retryable=is_retryable(reason))


@dramatiq.actor(
    actor_name="content.write_script",
    callers="internal",
    queue_name="content",
    max_retries=RETRIES,
    min_backoff=2_000,
    max_backoff=30_000,
    time_limit=120_000,
    on_dead=_fail,
)
def write_script(topic_id: str, interest_id: str, style: str) -> None:
    """Have the script written and stored, then let the requests of this key go on to the voice."""
    generation = Generation(topic_id, interest_id, style)
    script_of(generation)
    with job.transaction() as conn:
        cascade(conn, generation, RequestStatus.GENERATING_AUDIO)
        send_generation(narrate, generation)
