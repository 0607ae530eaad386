"""Serves a request from what was made before, or has it made; one generation for everybody who asks the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import dramatiq

from bellwork.db.content.queries import BY_ID, advance, await_stage, fail_request, read_content, read_request
from bellwork.db.content.tables import RequestStatus
from bellwork.tasks.content.render import render
from bellwork.tasks.content.sending import send_generation, send_notices
from bellwork.tasks.content.write_script import write_script
from bellwork.workers import job

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from bellwork.db.content.queries import Content, Moved

_S = RequestStatus


def _fail(conn: Connection, args: dict[str, Any], reason: str) -> None:
    fail_request(conn, str(args.get("request_id")), _S.CACHE_CHECK, reason, retryable=True)


@dramatiq.actor(
    actor_name="content.check_cache",
    subject="request_id",
    callers="internal",
    queue_name="content-fast",
    lane="short",
    max_retries=3,
    min_backoff=500,
    max_backoff=5_000,
    time_limit=5_000,
    on_dead=_fail,
)
def check_cache(request_id: str) -> None:
    """Complete a request whose film is there, serve one whose audio is there, and start what is missing."""
    with job.transaction() as conn:
        request = read_request(conn, request_id)
        if request is None or request.status is not _S.CACHE_CHECK:
            return
        generation = request.generation
        if generation is None:
            fail_request(conn, request_id, _S.CACHE_CHECK, "its topic or interest was deleted", retryable=False)
            return
        await_stage(conn, generation)
        content = read_content(conn, generation)
        for moved in _serve(conn, request_id, content):
            _start_missing(moved, content)


def _serve(conn: Connection, request_id: str, content: Content | None) -> list[Moved]:
    asked = {"id": request_id}
    if content is None:
        return advance(conn, _S.GENERATING_SCRIPT, BY_ID, asked, sources={_S.CACHE_CHECK})
    to = _S.COMPLETED if content.has_film else _S.FAST_PATH_READY
    served = advance(
        conn, to, BY_ID, asked, sources={_S.CACHE_CHECK}, content_id=content.id, cache_hit=True, error=content.shortfall
    )
    send_notices(conn, served, "full" if content.has_film else "fast")
    return served


def _start_missing(moved: Moved, content: Content | None) -> None:
    if content is None:
        send_generation(write_script, moved.generation)
    elif not content.has_film and not content.video_given_up:
        send_generation(render, moved.generation)
