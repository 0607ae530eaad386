"""What a student says about a lesson has its effect once: another request, progress, a review, a rating."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import dramatiq

from bellwork.db.content.effects.feedback import (
    Effect,
    Given,
    count_feedback,
    flag_content,
    progress_by_feedback,
    read_feedback,
    record_effect,
)
from bellwork.db.content.effects.following import DAILY, insert_request, next_interest, requested_today, simpler_than
from bellwork.db.content.effects.functions import KEPT_DAYS
from bellwork.db.content.effects.unapplied import list_unapplied
from bellwork.db.content.tables import FeedbackType
from bellwork.db.failpoints import reach
from bellwork.tasks.content.issues import post_issue
from bellwork.tasks.content.sending import send_request
from bellwork.tasks.content.understand import understand
from bellwork.workers import Permanent, job

if TYPE_CHECKING:
    from sqlalchemy import Connection

_T = FeedbackType
_NOT_HIS = "the student was never served this content; only who was may speak of it"
_NO_RATING = "it is 'rating_only' and has no rating; give one from 1 to 5"
_LEFT = "the student has left"
_OLD = f"it is older than {KEPT_DAYS} days; what was said so long ago has no effect any more"
_SIMPLEST = "there is no simpler style than {!r}"
_NO_INTEREST = "the student has no ranked interest left with which the topic was not told yet"
_ENOUGH = f"feedback has led to {DAILY} requests of this student today, which is the most of a day (UTC)"
_NOBODY = "nobody with the role vividly_curriculum is there to be told"
#: Of this minute of an hour on the sweep looks at every day that still counts.
_THOROUGH = 7


def _give_up(conn: Connection, args: dict[str, Any], reason: str) -> None:
    record_effect(conn, str(args.get("feedback_id")), Effect("failed", reason))


@dramatiq.actor(
    actor_name="content.apply_feedback",
    subject="feedback_id",
    callers="everyone",
    queue_name="content",
    priority=-10,
    max_retries=8,
    min_backoff=500,
    max_backoff=60_000,
    time_limit=30_000,
    on_dead=_give_up,
)
def apply_feedback(feedback_id: str) -> None:
    """Let feedback have its effect, in one commit and once, however often this is sent; why it has none is kept.

    Permanent where there is no such feedback.
    """
    with job.transaction() as conn:
        given = read_feedback(conn, feedback_id)
        if given is None:
            raise Permanent(
                f"there is no feedback {feedback_id[:60]!r}; insert the row before, or together with, its job"
            )
        if given.outcome not in {None, "failed"}:
            return
        record_effect(conn, given.id, _apply(conn, given))
        reach("feedback_applied", given.id)


@dramatiq.actor(
    actor_name="content.sweep_feedback",
    callers="internal",
    queue_name="content-fast",
    lane="short",
    max_retries=0,
    time_limit=30_000,
)
def sweep_feedback() -> None:
    """Send the job of feedback that has none and had no effect: of two hours, and once an hour of 35 days."""
    with job.transaction() as conn:
        for feedback_id in list_unapplied(conn, everything=datetime.now(UTC).minute == _THOROUGH):
            send_feedback(feedback_id)


def send_feedback(feedback_id: str) -> None:
    """Send the job of a piece of feedback, unless it is on its way; inside a transaction it belongs to it."""
    apply_feedback.send_with_options(
        kwargs={"feedback_id": feedback_id}, unique_key=f"{apply_feedback.actor_name}:{feedback_id}"
    )


def _apply(conn: Connection, given: Given) -> Effect:
    if refusal := _refusal(given):
        return Effect("refused", refusal)
    if given.kind in {_T.MARK_COMPLETE, _T.MAKE_SIMPLER, _T.TRY_DIFFERENT_INTEREST}:
        progress_by_feedback(conn, given)
    effect = _another_lesson(conn, given) if given.kind in {_T.MAKE_SIMPLER, _T.TRY_DIFFERENT_INTEREST} else None
    count_feedback(conn, given)
    if given.kind is _T.REPORT_ISSUE:
        effect = _flag(conn, given)
    return effect or Effect("completed" if given.kind is _T.MARK_COMPLETE else "rated")


def _refusal(given: Given) -> str | None:
    if not given.is_here:
        return _LEFT
    if given.query is None:
        return _NOT_HIS
    if given.kind is _T.RATING_ONLY and given.rating is None:
        return _NO_RATING
    return _OLD if given.is_old else None


def _another_lesson(conn: Connection, given: Given) -> Effect:
    style, interest_id = given.style, given.interest_id
    if given.kind is _T.MAKE_SIMPLER:
        if (simpler := simpler_than(style)) is None:
            return Effect("held", _SIMPLEST.format(style))
        style = simpler
    else:
        if (other := next_interest(conn, given)) is None:
            return Effect("held", _NO_INTEREST)
        interest_id = other
    if requested_today(conn, given.student_id) >= DAILY:
        return Effect("held", _ENOUGH)
    send_request(understand, insert_request(conn, given, interest_id=interest_id, style=style))
    return Effect("requested")


def _flag(conn: Connection, given: Given) -> Effect:
    if flag_content(conn, given.content_id) and not post_issue(conn, given.id):
        return Effect("flagged", _NOBODY)
    return Effect("flagged")
