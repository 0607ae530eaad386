"""Brings tutors' sums and rows up to date; one whose rows cannot be computed is named and stops no other."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC
from typing import TYPE_CHECKING, TypeVar

import structlog

from bellwork.db.engine import DatabaseError, Unreachable
from bellwork.db.tutoring import queries
from bellwork.db.tutoring.queries import Lateness, TutorDay
from bellwork.db.wording import words_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from bellwork.db.tutoring.queries import Standing

log = structlog.get_logger("bellwork.tutoring")
T = TypeVar("T")


@dataclass
class Refreshed:
    """What a recompute brought: where each tutor stands, whose first session was poor, and who failed, and why."""

    standing: list[Standing] = field(default_factory=list)
    poor_first: set[str] = field(default_factory=set)
    failed: list[tuple[str, str]] = field(default_factory=list)


def refresh(conn: Connection, asked: Sequence[TutorDay], at: datetime, waited: Lateness | None = None) -> Refreshed:
    """Sum these days up, and those not ended before, and write today's three rows of their tutors.

    The caller holds the tutors' buckets. Failures are recorded in the caller's transaction.
    """
    today = at.astimezone(UTC).date()
    found = Refreshed()

    def work(tutors: Sequence[str]) -> None:
        wanted = set(tutors)
        days = [each for each in asked if each.tutor_id in wanted]
        rolled = queries.roll(conn, days, at, today=today, open_too=True)
        late = waited if waited and not found.standing else Lateness()
        found.standing += queries.write_rows(conn, tutors, today, at, current=True, waited=late)
        found.poor_first |= {each.tutor_id for each in rolled if each.poor_first}

    found.failed = in_halves(conn, sorted({each.tutor_id for each in asked}), work)
    record(conn, found.failed)
    return found


def in_halves(conn: Connection, tutors: Sequence[str], work: Callable[[Sequence[str]], None]) -> list[tuple[str, str]]:
    """Do the work for all tutors at once; where it fails, for each half, down to those whom it fails for alone.

    Returns these, each with the reason. What `work` raises for one half leaves nothing of that half written.
    """
    if not tutors:
        return []
    try:
        with conn.begin_nested():
            work(tutors)
    except Unreachable:
        raise
    except DatabaseError as error:
        if len(tutors) == 1:
            return [(tutors[0], words_of(error))]
        middle = len(tutors) // 2
        return in_halves(conn, tutors[:middle], work) + in_halves(conn, tutors[middle:], work)
    return []


def record(conn: Connection, failed: Sequence[tuple[str, str]]) -> None:
    """Keep whose rows could not be computed, and say so."""
    if failed:
        queries.record_failures(conn, failed)
    for tutor_id, why in failed:
        log.error("a tutor's rows cannot be computed", tutor_id=tutor_id, reason=why)
