"""Requests that no job works on any more: questions that expired, stages without a job, failures worth a retry."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from bellwork.db.content.pipelines import GENERATION_KEY
from bellwork.db.content.queries.transitions import Moved, advance, moment
from bellwork.db.content.tables import RequestStatus
from bellwork.db.sql import sql

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection

#: Minutes after which a request that failed for the first, second and third time is taken up again.
RETRY_AFTER = (5, 15, 30)
_SINCE = f"coalesce(r.metadata #>> '{{history,-1,at}}', {moment('r.created_at')}) COLLATE \"C\""
_EXPIRED = f"r.metadata #>> '{{clarification,expires_at}}' <= {moment('now()')}"
_NO_ANSWER = "the question was not answered in time"
# The key of the job that a request waits for (Generation.unique_key, or its stage's actor with its own id).
_KEY = f"CASE WHEN t.actor = '' THEN {GENERATION_KEY} ELSE t.actor || ':' || r.id END"
# A request that was given its film up for good waits for nothing. One is listed for all that wait for the same job,
# and none whose job is on its way: however many of these there are, they hide no request whose job was lost.
_STUCK = f"""
SELECT id, status, topic_id, interest_id, style FROM (
    SELECT DISTINCT ON (coalesce(wanted.key, r.id))
        r.id, r.status, r.topic_id, r.interest_id, r.style, r.created_at
    FROM {{content}}.content_requests r
    JOIN unnest(CAST(:statuses AS text[]), CAST(:seconds AS float8[]), CAST(:actors AS text[]))
        AS t(status, seconds, actor) ON r.status = CAST(t.status AS {{content}}.request_status)
    CROSS JOIN LATERAL (SELECT {_KEY} AS key) AS wanted
    LEFT JOIN {{content}}.generated_content g ON g.id = r.generated_content_id
    WHERE r.deleted_at IS NULL AND r.status NOT IN ('completed', 'failed')
      AND {_SINCE} < {moment("now() - make_interval(secs => t.seconds)")}
      AND NOT (r.status = 'fast_path_ready' AND coalesce(g.generation_metadata, '{{}}') ? 'video_given_up')
      AND NOT EXISTS (SELECT FROM bellwork.jobs j WHERE j.unique_key = wanted.key)
    ORDER BY coalesce(wanted.key, r.id), r.created_at
) AS stuck ORDER BY created_at LIMIT :most
"""  # noqa: S608 - fragments of ours, values are bound
_DUE_AGAIN = moment("now() - make_interval(mins => (CAST(:after AS int[]))[1 + coalesce(r.retry_count, 0)])")
_RETRYABLE = f"""r.metadata #>> '{{failure,stage}}' = :stage AND r.metadata #>> '{{failure,retryable}}' = 'true'
  AND coalesce(r.retry_count, 0) < :most AND {_SINCE} <= {_DUE_AGAIN}"""


class Waiting(NamedTuple):
    """A request that has been in a status for too long."""

    id: str
    status: RequestStatus
    topic_id: str | None
    interest_id: str | None
    style: str | None


def expire_questions(conn: Connection) -> list[Moved]:
    """Let the requests fail whose question was not answered in its five minutes."""
    failure = {"stage": str(RequestStatus.NEEDS_CLARIFICATION), "retryable": False, "reason": _NO_ANSWER}
    return advance(
        conn,
        RequestStatus.FAILED,
        _EXPIRED,
        {},
        sources={RequestStatus.NEEDS_CLARIFICATION},
        error=_NO_ANSWER,
        notes={"failure": failure},
    )


def list_stuck(
    conn: Connection,
    patience: Mapping[RequestStatus, float],
    actors: Mapping[RequestStatus, str],
    most: int = 1_000,
) -> list[Waiting]:
    """List the oldest requests that have been in a status for longer than the seconds that it may take, without a job.

    `actors` names the actor of each status that works for one request; the others work for all requests for the same,
    of which one is listed. Those whose job is unfinished are not listed: they wait for something.
    """
    asked = {
        "statuses": [str(status) for status in patience],
        "seconds": list(patience.values()),
        "actors": [actors.get(status, "") for status in patience],
        "most": most,
    }
    rows = conn.execute(sql(_STUCK), asked)
    return [Waiting(row[0], RequestStatus(row[1]), *row[2:]) for row in rows]


def retry_failed(conn: Connection, stage: RequestStatus) -> list[Moved]:
    """Take the requests up again that failed at a stage 5, 15 or 30 minutes ago, for the third time at most."""
    asked = {"stage": str(stage), "most": len(RETRY_AFTER), "after": list(RETRY_AFTER)}
    return advance(conn, stage, _RETRYABLE, asked, sources={RequestStatus.FAILED}, retries=1)
