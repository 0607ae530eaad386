"""What the calendar sends each minute: nothing waits for a job that is not there, a failure or a question for ever."""

from __future__ import annotations

from typing import TYPE_CHECKING

import dramatiq

from bellwork.db.content import queries
from bellwork.db.content.queries import Generation, Waiting, fail_request
from bellwork.db.content.tables import REQUEST_MACHINE, RequestStatus
from bellwork.tasks.content.pipeline import PATIENCE, REQUEST_STAGES, resume_generation, resume_request
from bellwork.workers import job

if TYPE_CHECKING:
    from sqlalchemy import Connection

_S = RequestStatus
_DELETED = "its topic or interest was deleted"


@dramatiq.actor(
    actor_name="content.sweep_stuck",
    callers="internal",
    queue_name="content-fast",
    lane="short",
    max_retries=0,
    time_limit=30_000,
)
def sweep_stuck() -> None:
    """Send the stage's job of every request that is in a status for too long, unless one is on its way."""
    actors = {status: actor.actor_name for status, actor in REQUEST_STAGES.items()}
    with job.transaction() as conn:
        for waiting in queries.list_stuck(conn, PATIENCE, actors):
            _resume(conn, waiting)


@dramatiq.actor(
    actor_name="content.retry_failed",
    callers="internal",
    queue_name="content-fast",
    lane="short",
    max_retries=0,
    time_limit=30_000,
)
def retry_failed() -> None:
    """Take failed requests up again at the stage that failed, after 5, 15 and 30 minutes."""
    with job.transaction() as conn:
        for stage in REQUEST_MACHINE.moves[_S.FAILED]:
            for moved in queries.retry_failed(conn, stage):
                _resume(conn, Waiting(moved.id, stage, moved.topic_id, moved.interest_id, moved.style))


@dramatiq.actor(
    actor_name="content.expire_clarifications",
    callers="internal",
    queue_name="content-fast",
    lane="short",
    max_retries=0,
    time_limit=30_000,
)
def expire_clarifications() -> None:
    """Let requests fail whose question nobody answered."""
    with job.transaction() as conn:
        queries.expire_questions(conn)


def _resume(conn: Connection, waiting: Waiting) -> None:
    if waiting.status in REQUEST_STAGES:
        resume_request(waiting.status, waiting.id)
    elif waiting.topic_id and waiting.interest_id and waiting.style:
        resume_generation(waiting.status, Generation(waiting.topic_id, waiting.interest_id, waiting.style))
    elif REQUEST_MACHINE.allows(waiting.status, _S.FAILED):
        fail_request(conn, waiting.id, waiting.status, _DELETED, retryable=False)
