"""A course is handed in, checked, and published or sent back; each version once, whoever delivers how often."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

import dramatiq

from bellwork.db.courses.publishing import check, decide, hold_review, read_content, reviewers, submit
from bellwork.db.webhooks import emit
from bellwork.tasks.courses.embeddings.embed import embed_course
from bellwork.tasks.courses.labs.submitted import lab_problems
from bellwork.tasks.courses.publishing.complete import missing
from bellwork.tasks.courses.tell import tell
from bellwork.workers import Permanent, job

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from bellwork.db.courses.publishing import Review

_QUEUE, _RETRIES, _TIME_LIMIT = "courses", 5, 60_000


@dramatiq.actor(actor_name="courses.submit_course", queue_name=_QUEUE, max_retries=_RETRIES, time_limit=_TIME_LIMIT)
def submit_course(course_id: UUID, user_id: UUID | None = None) -> None:
    """Hand a draft, or what needed a revision, in for review, and have it checked; anything else stays as it is."""
    with job.transaction() as conn:
        version = submit(conn, course_id, user_id)
        if version is not None:
            key = f"courses.check_course:{course_id}:{version}"
            check_course.send_with_options(kwargs={"course_id": course_id, "version": version}, unique_key=key)


@dramatiq.actor(
    actor_name="courses.check_course",
    queue_name=_QUEUE,
    max_retries=_RETRIES,
    time_limit=_TIME_LIMIT,
    callers="internal",
)
def check_course(course_id: UUID, version: int) -> None:
    """List all that a version lacks: with anything, it goes back to its author; else reviewers are told of it."""
    with job.transaction() as conn:
        review = hold_review(conn, course_id, version)
        if review is None or review.state != "submitted":
            return
        lacks = _lacks(conn, course_id)
        check(conn, review, lacks)
        if lacks:
            _send_back(conn, review, lacks)
        else:
            _ask_reviewers(conn, review)


@dramatiq.actor(actor_name="courses.decide_course", queue_name=_QUEUE, max_retries=_RETRIES, time_limit=_TIME_LIMIT)
def decide_course(course_id: UUID, version: int, user_id: UUID, approved: bool, why: str = "") -> None:  # noqa: FBT001 - a job's argument
    """Publish a version that was checked, or send it back with the reason; one that was decided stays so.

    What it lacks is looked at once more: a course that lost a video since is not published.
    """
    if not approved and not why.strip():
        raise Permanent("a course is sent back with a reason; say it in `why`")
    with job.transaction() as conn:
        review = hold_review(conn, course_id, version)
        if review is None or review.state != "checked":
            return
        lacks = _lacks(conn, course_id) if approved else []
        if lacks:
            check(conn, review, lacks)
            _send_back(conn, review, lacks)
            return
        decide(conn, review, user_id, approved=approved, why=why)
        if approved:
            emit(conn, "course.published", {"course_id": course_id}, f"{course_id}:{version}")
            embed_course(conn, course_id)
            text = f"Your course {review.title} is published."
            _tell(conn, review, "course_published", "Your course is published", text)
        else:
            text = f"Your course {review.title} needs a revision: {why}"
            _tell(conn, review, "course_returned", "Your course needs a revision", text)


def _lacks(conn: Connection, course_id: UUID) -> list[str]:
    return [*missing(read_content(conn, course_id)), *lab_problems(conn, course_id)]


def _send_back(conn: Connection, review: Review, lacks: Sequence[str]) -> None:
    listed = "\n".join(f"- {each}" for each in lacks)
    text = f"Your course {review.title} is not complete yet:\n{listed}"
    _tell(conn, review, "course_returned", "Your course is not complete", text)


def _tell(conn: Connection, review: Review, kind: str, subject: str, text: str) -> None:
    key = f"{review.course_id}:{review.version}"
    tell(conn, review.instructor_id, kind, key, subject=subject, text=text, course_id=str(review.course_id))


def _ask_reviewers(conn: Connection, review: Review) -> None:
    text = f"The course {review.title} is complete, and waits for your decision."
    for reviewer in reviewers(conn):
        key = f"{review.course_id}:{review.version}:{reviewer}"
        tell(conn, reviewer, "course_waits", key, subject="A course waits for its review", text=text)
