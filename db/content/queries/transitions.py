"""Transitions of requests: one compare-and-set UPDATE an edge, of one row or thousands; nothing else sets a status.

Each adds {"status", "at"} to metadata.history (ISO 8601, UTC, PostgreSQL's clock) and raises metadata.progress.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from bellwork.db.content.queries.generation import Generation
from bellwork.db.content.tables import REQUEST_MACHINE, RequestStatus
from bellwork.db.sql import sql

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy import Connection

#: Percent shown while a status lasts; it never falls, whatever is done again.
PROGRESS = {
    RequestStatus.NLU_PROCESSING: 5,
    RequestStatus.NEEDS_CLARIFICATION: 10,
    RequestStatus.CACHE_CHECK: 20,
    RequestStatus.GENERATING_SCRIPT: 40,
    RequestStatus.GENERATING_AUDIO: 60,
    RequestStatus.FAST_PATH_READY: 70,
    RequestStatus.GENERATING_VIDEO: 80,
    RequestStatus.COMPLETED: 100,
    RequestStatus.FAILED: 0,
}
BY_ID = "r.id = :id"


class Moved(NamedTuple):
    """A request after a transition, as it is now."""

    id: str
    student_id: str
    topic_id: str
    interest_id: str
    style: str

    @property
    def generation(self) -> Generation:
        """Name what is to be made for it; only for a request whose topic and interest are known."""
        return Generation(self.topic_id, self.interest_id, self.style)


def moment(value: str) -> str:
    """Write a timestamptz as the text that histories hold; such texts sort as their moments do."""
    return f'to_char(({value}) AT TIME ZONE \'UTC\', \'YYYY-MM-DD"T"HH24:MI:SS.US"Z"\') COLLATE "C"'


def document(column: str) -> str:
    """Read a JSONB column as an object, whatever it holds."""
    return f"CASE jsonb_typeof({column}) WHEN 'object' THEN {column} ELSE '{{}}' END"


# Read from the row under its lock, not from a join: a join would still see the metadata of before the wait.
_DOC = document("r.metadata")
_HISTORY = f"""CASE jsonb_typeof(r.metadata -> 'history') WHEN 'array' THEN r.metadata -> 'history'
    ELSE jsonb_build_array(jsonb_build_object(
        'status', 'nlu_processing', 'at', {moment("coalesce(r.created_at, now())")})) END"""
_PROGRESS = """greatest(CAST(:progress AS int), CASE jsonb_typeof(r.metadata -> 'progress')
    WHEN 'number' THEN CAST(CAST(r.metadata ->> 'progress' AS numeric) AS int) END)"""
_TRANSITION = f"""
UPDATE {{content}}.content_requests r SET
    status = CAST(CAST(:to AS text) AS {{content}}.request_status),
    topic_id = coalesce(CAST(:topic_id AS text), r.topic_id),
    interest_id = coalesce(CAST(:interest_id AS text), r.interest_id),
    style = coalesce(nullif(lower(btrim(r.style, E' \\t\\n\\r')), ''), 'conversational'),
    generated_content_id = coalesce(CAST(:content_id AS text), r.generated_content_id),
    cache_hit = coalesce(r.cache_hit, false) OR CAST(:cache_hit AS boolean),
    error_message = CAST(:error AS text),
    retry_count = coalesce(r.retry_count, 0) + CAST(:retries AS int),
    completed_at = CASE WHEN CAST(:to AS text) = 'completed' THEN now() ELSE r.completed_at END,
    metadata = {_DOC} || CAST(:notes AS jsonb) || jsonb_build_object(
        'progress', {_PROGRESS},
        'history', {_HISTORY} || jsonb_build_object('status', CAST(:to AS text), 'at', {moment("now()")}))
WHERE r.deleted_at IS NULL
  AND r.status = ANY(CAST(CAST(:sources AS text[]) AS {{content}}.request_status[])) AND
"""  # noqa: S608 - fragments of ours, values are bound


def advance(  # noqa: PLR0913 - the columns that an edge may set, by name
    conn: Connection,
    to: RequestStatus,
    where: str,
    asked: Mapping[str, Any],
    *,
    sources: Iterable[RequestStatus] | None = None,
    topic_id: str | None = None,
    interest_id: str | None = None,
    content_id: str | None = None,
    cache_hit: bool = False,
    error: str | None = None,
    retries: int = 0,
    notes: Mapping[str, Any] | None = None,
) -> list[Moved]:
    """Set the requests that `where` names to `to` by the machine's edges, and return those that were set.

    Rows that are elsewhere than in `sources` (unless told, every status that `to` may follow) stay untouched. What is
    None stays as it is, except `error`: without one it is cleared. Raises IllegalMove for an edge that the machine does
    not have.
    """
    before = REQUEST_MACHINE.sources(to) if sources is None else frozenset(sources)
    for source in before:
        REQUEST_MACHINE.check(source, to)
    written = {
        "to": str(to),
        "topic_id": topic_id,
        "interest_id": interest_id,
        "content_id": content_id,
        "cache_hit": cache_hit,
        "error": error,
        "retries": retries,
        "progress": PROGRESS[to],
        "notes": json.dumps(dict(notes or {})),
        "sources": [str(source) for source in before],
    }
    statement = sql(f"{_TRANSITION}{where} RETURNING r.id, r.student_id, r.topic_id, r.interest_id, r.style")
    return [Moved(*row) for row in conn.execute(statement, {**asked, **written})]
