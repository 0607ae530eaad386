"""The log of changes: who takes a bucket's notes holds its tutors, and reads raw rows only after that."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from bellwork.db.sql import sql
from bellwork.db.tutoring.thresholds import PROMISED_SECONDS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from sqlalchemy import Connection

_HOLD = """
WITH held AS (
    SELECT bucket FROM {tutoring}.buckets
    WHERE bucket = ANY(CAST(:buckets AS smallint[])) ORDER BY bucket FOR UPDATE
) SELECT clock_timestamp() FROM held LIMIT 1
"""
_BUCKET_OF = """
SELECT {tutoring}.bucket_of(t.tutor_id) FROM {tutoring}.tutors t WHERE t.tutor_id = :tutor
"""
# The bucket is asked for in a sub-select, so that it is locked before its first note is.
_TAKE = """
WITH held AS MATERIALIZED (
    SELECT bucket FROM {tutoring}.buckets WHERE bucket = :bucket FOR UPDATE
), taken AS (
    DELETE FROM {tutoring}.changes c WHERE c.bucket = (SELECT bucket FROM held) RETURNING c.tutor_id, c.at, c.noted_at
)
SELECT tutor_id, CAST(at AT TIME ZONE 'UTC' AS date), count(*),
       count(*) FILTER (WHERE greatest(noted_at, at) < clock_timestamp() - make_interval(secs => :promised)),
       min(greatest(noted_at, at)), clock_timestamp()
FROM taken GROUP BY 1, 2
"""
_NOTE = "SELECT {tutoring}.note_changes(CAST(:tutors AS text[]), CAST(:moments AS timestamptz[]))"
_LEFT = """
SELECT DISTINCT bucket FROM {tutoring}.changes WHERE noted_at < now() - make_interval(secs => :seconds)
"""
_FAILED = "SELECT tutor_id FROM {tutoring}.tutor_states WHERE failed_at IS NOT NULL ORDER BY tutor_id"
_FAIL = """
INSERT INTO {tutoring}.tutor_states AS st (tutor_id, failed_at, error)
SELECT t.tutor_id, now(), f.error
FROM unnest(CAST(:tutors AS text[]), CAST(:errors AS text[])) AS f(tutor_id, error)
JOIN {tutoring}.tutors t USING (tutor_id)
ON CONFLICT (tutor_id) DO UPDATE SET failed_at = excluded.failed_at, error = excluded.error
"""


class Taken(NamedTuple):
    """A tutor's day that was noted (None: all days): changes, those that wait too long, since when, and the time it is.

    A change waits since it was noted, or since its session or event if that is later (README.md of
    tasks/tutoring, How late figures are).
    """

    tutor_id: str
    day: date | None
    changes: int
    late: int
    since: datetime
    now: datetime


def hold(conn: Connection, buckets: Sequence[int]) -> datetime:
    """Lock these buckets until the transaction ends, and return the time; nobody else writes sums or rows of theirs."""
    now: datetime = conn.execute(sql(_HOLD), {"buckets": list(buckets)}).scalar_one()
    return now


def bucket_of(conn: Connection, tutor_id: str) -> int | None:
    """Return a tutor's bucket; None where there is no such tutor."""
    return conn.execute(sql(_BUCKET_OF), {"tutor": tutor_id}).scalar()


def take_changes(conn: Connection, bucket: int) -> list[Taken]:
    """Lock a bucket and take its notes away; what is noted from now on is for the next one who asks."""
    return [Taken(*row) for row in conn.execute(sql(_TAKE), {"bucket": bucket, "promised": PROMISED_SECONDS})]


def note_changes(conn: Connection, changes: Sequence[tuple[str, datetime | None]]) -> None:
    """Note tutors and moments in the caller's transaction and have them recomputed after it."""
    asked = {"tutors": [tutor for tutor, _ in changes], "moments": [moment for _, moment in changes]}
    conn.execute(sql(_NOTE), asked)


def list_left(conn: Connection, seconds: float) -> list[int]:
    """List the buckets with notes that are older than that: their jobs died, or were cancelled."""
    return list(conn.execute(sql(_LEFT), {"seconds": seconds}).scalars())


def list_failed(conn: Connection) -> list[str]:
    """List the tutors whose rows could not be computed when they last should have been."""
    return list(conn.execute(sql(_FAILED)).scalars())


def record_failures(conn: Connection, failures: Sequence[tuple[str, str]]) -> None:
    """Keep why the rows of tutors could not be computed; the next recompute that can takes it away."""
    asked = {"tutors": [tutor for tutor, _ in failures], "errors": [why for _, why in failures]}
    conn.execute(sql(_FAIL), asked)
