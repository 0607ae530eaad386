"""Detection as work: of all enrollments once a day, and of one after each event that was noted of it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING
from uuid import UUID

import structlog

from bellwork import enqueue
from bellwork.db.engine import transaction
from bellwork.db.support import detection
from bellwork.db.support.care import is_paused, settle_one
from bellwork.workers import Permanent, job
from bellwork.workers.actor import actor

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from sqlalchemy import Connection

log = structlog.get_logger("bellwork.support")
#: Enrollments that are written in one transaction, which holds their rows.
AT_ONCE = 500


@actor(
    actor_name="support.detect_risk",
    subject="enrollment_id",
    queue_name="support",
    unique="waiting",
    max_retries=5,
    min_backoff=1_000,
    max_backoff=60_000,
    time_limit=600_000,
)
def detect_risk(enrollment_id: str | None = None) -> None:
    """Find whether a student is at risk in this enrollment, or in which of all active ones some are.

    The same again changes nothing. Permanent where there is no such enrollment.
    """
    if enrollment_id is not None:
        _detect_one(_id(enrollment_id))
        return
    with transaction() as conn:
        due = detection.list_due(conn)
    kinds: Counter[str] = Counter()
    for part in _parts(due):
        with transaction() as conn:
            kinds.update(each.kind for each in detection.detect(conn, part))
    with job.transaction() as conn:
        _act(conn, kinds)
    log.info("looked for students at risk", **kinds)


def _detect_one(enrollment: UUID) -> None:
    with job.transaction() as conn:
        settle_one(conn, enrollment)
        decided = detection.detect(conn, [enrollment])
        if not decided and not detection.exists(conn, enrollment):
            raise Permanent(f"there is no enrollment {enrollment}; send the id of a row of student_enrollments")
        _act(conn, {each.kind for each in decided})


def _act(conn: Connection, kinds: Collection[str]) -> None:
    """Have trainers assigned where a row was opened, and what became grave escalated where one was changed.

    Not while the calendar's sweep is paused: whoever paused it wants nobody written to.
    """
    if is_paused(conn, "support.sweep"):
        return
    for kind, duty in (("opened", "support.assign"), ("changed", "support.sweep")):
        if kind in kinds:
            enqueue(conn, duty, {}, unique_key=f"{duty}:soon", unique="waiting")


def _id(enrollment_id: str) -> UUID:
    try:
        return UUID(enrollment_id)
    except ValueError as wrong:
        raise Permanent(f"enrollment_id is {enrollment_id[:60]!r}; it is the UUID of an enrollment") from wrong


def _parts(due: Sequence[UUID]) -> Iterator[Sequence[UUID]]:
    for first in range(0, len(due), AT_ONCE):
        yield due[first : first + AT_ONCE]
