"""A student's answer to the question back counts once, in time, and for the question that was asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import dramatiq

from bellwork.db.content.queries import BY_ID, Question, advance, open_question, read_topic
from bellwork.db.content.tables import RequestStatus
from bellwork.db.engine import transaction
from bellwork.tasks.content.query import LONGEST, UnusableQuery, clean
from bellwork.tasks.content.sending import send_request
from bellwork.tasks.content.understand import understand
from bellwork.tasks.content.understood import settle_topic
from bellwork.workers import job

if TYPE_CHECKING:
    from sqlalchemy import Connection

_S = RequestStatus


def answer(request_id: str, question_id: str, *, option_id: str | None = None, text: str | None = None) -> bool:
    """Take an answer: an option that was offered, or free text, which has the question read anew.

    Joins the caller's transaction. False, and nothing is changed, for a question that is not open (answered, expired
    or another one), an option that was not offered, or a text without words.
    """
    with transaction() as conn:
        question = open_question(conn, request_id, question_id)
        if question is None:
            return False
        if option_id is not None:
            return _choose(conn, request_id, question, option_id)
        return _reword(conn, request_id, question, text or "")


@dramatiq.actor(
    actor_name="content.answer_clarification",
    subject="request_id",
    callers="everyone",
    queue_name="content-fast",
    lane="short",
    max_retries=3,
    min_backoff=500,
    max_backoff=5_000,
    time_limit=5_000,
)
def answer_clarification(
    request_id: str, question_id: str, option_id: str | None = None, text: str | None = None
) -> None:
    """Take an answer that comes as a job, as `answer` does."""
    with job.transaction():
        answer(request_id, question_id, option_id=option_id, text=text)


def _choose(conn: Connection, request_id: str, question: Question, option_id: str) -> bool:
    topic_id = question.topic_of(option_id)
    if topic_id is None or read_topic(conn, topic_id) is None:
        return False
    return settle_topic(conn, request_id, topic_id, question.interest_id, stage=_S.NEEDS_CLARIFICATION)


def _reword(conn: Connection, request_id: str, question: Question, text: str) -> bool:
    try:
        words = clean(text)
    except UnusableQuery:
        return False
    both = f"{question.query} {words}"
    moved = advance(
        conn,
        _S.NLU_PROCESSING,
        BY_ID,
        {"id": request_id},
        sources={_S.NEEDS_CLARIFICATION},
        notes={"clarified_query": both if len(both) <= LONGEST else words},
    )
    if moved:
        send_request(understand, request_id)
    return bool(moved)
