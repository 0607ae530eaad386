"""What is told of a learner's lesson is recorded: once by its event, and never backwards."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from bellwork.db.courses.progress.days import PING, Activity, count_day
from bellwork.db.courses.progress.lessons import Deed
from bellwork.db.failpoints import reach
from bellwork.db.seen import first_seen
from bellwork.tasks.courses.progress.event import read_event
from bellwork.tasks.courses.progress.settle import settle
from bellwork.workers import Permanent, job
from bellwork.workers.actor import actor

if TYPE_CHECKING:
    from bellwork.tasks.courses.progress.event import Event

#: By which events of progress are known in bellwork.seen_events.
SOURCE = "courses.progress"


@actor(
    actor_name="courses.record_progress",
    queue_name="courses-fast",
    lane="short",
    subject="event.user_id",
    max_retries=10,
    min_backoff=1_000,
    max_backoff=60_000,
    time_limit=30_000,
)
def record_progress(event: dict[str, Any]) -> None:
    """Record what a player, a lab or a quiz tells of a learner (`event.read_event` says in which form).

    A video's furthest position counts, a text was read. What a lab or a quiz came to, their own rows say. What may be
    done twice is done whenever an event comes; what adds to a day, for the first one of its id. Permanent for an event
    that means nothing, or is of nobody.
    """
    told = read_event(event)
    now = datetime.now(UTC)
    with job.transaction() as conn:
        at = min(told.at, now)
        if not settle(conn, told.user_id, told.lesson_id, _deed(told, at)):
            raise Permanent(f"there is no user {told.user_id}, or no lesson {told.lesson_id}")
        if first_seen(conn, SOURCE, f"{told.user_id}:{told.event_id}", told.at):
            count_day(conn, at, Activity(told.user_id, seconds=PING if told.kind == "video" else 0))
        reach("progress_recorded", told.event_id)


def _deed(told: Event, at: datetime) -> Deed:
    return Deed(at, told.position, told.duration, read_at=at if told.kind == "read" else None)
