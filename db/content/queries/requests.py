"""A request as the stages read it, and the wait that keeps a stage from committing past a newcomer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bellwork.db.content.queries.generation import Generation
from bellwork.db.content.tables import RequestStatus
from bellwork.db.sql import sql

if TYPE_CHECKING:
    from sqlalchemy import Connection

_READ = """
SELECT r.id, r.student_id, r.status, r.topic_id, r.interest_id, r.style,
       coalesce(r.metadata ->> 'clarified_query', r.original_query) AS query
FROM {content}.content_requests r WHERE r.id = :id AND r.deleted_at IS NULL
"""
_LIVE_JOB = "SELECT id FROM bellwork.jobs WHERE unique_key = :key FOR KEY SHARE"


@dataclass(frozen=True)
class Request:
    """A student's request; `query` is the question as it reads after the student was asked back."""

    id: str
    student_id: str
    status: RequestStatus
    topic_id: str | None
    interest_id: str | None
    style: str | None
    query: str

    @property
    def generation(self) -> Generation | None:
        """Name what is to be made for it, once topic and interest are known."""
        if self.topic_id is None or self.interest_id is None or self.style is None:
            return None
        return Generation(self.topic_id, self.interest_id, self.style)


def read_request(conn: Connection, request_id: str) -> Request | None:
    """Read a request; None for one that does not exist or was deleted."""
    row = conn.execute(sql(_READ), {"id": request_id}).mappings().one_or_none()
    return Request(**{**row, "status": RequestStatus(row["status"])}) if row else None


def await_stage(conn: Connection, generation: Generation) -> None:
    """Let a stage of this generation that is just committing commit first, and keep the next one from it until we did.

    Otherwise a newcomer could find no content, be overlooked by the commit that brings it (each does not see the
    other yet), and wait for a job that is done. The job's row is locked against its end, not against its claim.
    """
    if conn.execute(sql(_LIVE_JOB), {"key": generation.unique_key}).first() is None:
        # The row may have been replaced by the next stage's while we waited for it.
        conn.execute(sql(_LIVE_JOB), {"key": generation.unique_key})
