"""Where a request goes once its topic is known: to the cache, with the interest that suits the student."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellwork.db.content.effects.feedback import progress_by_request
from bellwork.db.content.queries import BY_ID, advance, choose_interest, fail_request
from bellwork.db.content.tables import RequestStatus
from bellwork.tasks.content.check_cache import check_cache
from bellwork.tasks.content.sending import send_request

if TYPE_CHECKING:
    from sqlalchemy import Connection

_NO_INTEREST = "the catalogue has no active interest to tell a lesson with; activate one"


def settle_topic(
    conn: Connection, request_id: str, topic_id: str, interest_id: str | None, *, stage: RequestStatus
) -> bool:
    """Send a request from `stage` to the cache check; False where it has moved on, or cannot be told at all.

    An interest that was given wins; else the student's dearest one, else the catalogue's first.
    """
    interest = interest_id or choose_interest(conn, request_id)
    if interest is None:
        fail_request(conn, request_id, stage, _NO_INTEREST, retryable=False)
        return False
    moved = advance(
        conn,
        RequestStatus.CACHE_CHECK,
        BY_ID,
        {"id": request_id},
        sources={stage},
        topic_id=topic_id,
        interest_id=interest,
    )
    for request in moved:
        progress_by_request(conn, request.student_id, topic_id)
        send_request(check_cache, request.id)
    return bool(moved)
