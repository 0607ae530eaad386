"""Reads a student's question: a topic, a question back, or a friendly no."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

import dramatiq

from bellwork.db.content.queries import Request, ask, fail_request, list_interests, list_topics, read_request
from bellwork.db.content.tables import RequestStatus
from bellwork.db.engine import transaction
from bellwork.tasks.content.catalogue import as_interest, as_topic
from bellwork.tasks.content.outside import is_retryable, outside
from bellwork.tasks.content.query import UnusableQuery, check_id, clean
from bellwork.tasks.content.understood import settle_topic
from bellwork.tasks.providers import BadAnswer, Understanding, llm, match_keywords, turn
from bellwork.workers import Permanent, job

if TYPE_CHECKING:
    from sqlalchemy import Connection

_S = RequestStatus
_RETRIES = 3
_OUT_OF_SCOPE = "the question is about nothing that the catalogue has; ask about one of its topics"


def _fail(conn: Connection, args: dict[str, Any], reason: str) -> None:
    request_id = args.get("request_id")
    fail_request(
        conn, str(request_id), _S.NLU_PROCESSING, reason, retryable=is_retryable(reason) and _is_id(request_id)
    )


@dramatiq.actor(
    actor_name="content.understand",
    subject="request_id",
    callers="everyone",
    queue_name="content",
    max_retries=_RETRIES,
    min_backoff=2_000,
    max_backoff=30_000,
    time_limit=30_000,
    on_dead=_fail,
)
def understand(request_id: str) -> None:
    """Find out what a request is about and send it on; a request that has moved on is left alone."""
    request = _read(request_id)
    if request.status is not _S.NLU_PROCESSING:
        return
    try:
        words = clean(request.query)
    except UnusableQuery as unusable:
        with job.transaction() as conn:
            fail_request(conn, request.id, _S.NLU_PROCESSING, str(unusable), retryable=False)
        return
    understanding = _meaning(request, words)
    with job.transaction() as conn:
        _record(conn, request, understanding)


def _read(request_id: str) -> Request:
    if not _is_id(request_id):
        raise Permanent(f"{str(request_id)[:60]!r} is no request id: up to 50 of a-z, A-Z, 0-9, '_' and '-'")
    with transaction() as conn:
        request = read_request(conn, request_id)
    if request is None:
        raise Permanent(f"there is no request {request_id!r} in content_requests")
    return request


def _meaning(request: Request, words: str) -> Understanding:
    if request.topic_id is not None:
        return Understanding(outcome="clear", topic_id=request.topic_id, confidence=1)
    with transaction() as conn:
        topics = [as_topic(topic) for topic in list_topics(conn)]
        interests = [as_interest(interest) for interest in list_interests(conn)]
    try:
        with outside(), turn("llm"):
            return llm().understand(words, topics, interests)
    except BadAnswer:
        if job.current().retries < _RETRIES:
            raise
        return match_keywords(words, topics, interests)


def _record(conn: Connection, request: Request, understanding: Understanding) -> None:
    interest_id = request.interest_id or understanding.interest_id
    if understanding.topic_id is not None:
        settle_topic(conn, request.id, understanding.topic_id, interest_id, stage=_S.NLU_PROCESSING)
    elif understanding.outcome == "ambiguous":
        options = [option.model_dump() for option in understanding.options]
        ask(conn, request.id, f"q_{uuid4().hex[:16]}", options, interest_id)
    else:
        fail_request(conn, request.id, _S.NLU_PROCESSING, _OUT_OF_SCOPE, retryable=False)


def _is_id(request_id: object) -> bool:
    try:
        return bool(check_id(request_id))
    except UnusableQuery:
        return False
