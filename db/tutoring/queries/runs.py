"""The runs of the jobs that recompute all tutors: one row for each job, so that a later attempt goes on."""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import TYPE_CHECKING, NamedTuple

from bellwork.db.sql import sql

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from sqlalchemy import Connection

# The first run of a day writes the final rows of the day before, and no other does: nor those of days that ended since
# the first run of all, or within so many days, and that no run wrote after their end.
_BEGIN = """
WITH finished AS (
    SELECT * FROM {tutoring}.metric_runs WHERE finished_at IS NOT NULL
), final (day) AS (
    SELECT day - 1 FROM finished WHERE closes
    UNION SELECT unnest(missed) FROM finished
    UNION SELECT day FROM finished WHERE CAST(started_at AT TIME ZONE 'UTC' AS date) > day
), begun AS (
    SELECT CAST(:current AS boolean) AND NOT EXISTS (SELECT FROM finished WHERE day = CAST(:day AS date) AND closes)
        AS closes
)
INSERT INTO {tutoring}.metric_runs AS r (job_id, day, started_at, closes, missed, reason)
SELECT :job, CAST(:day AS date), CAST(:at AS timestamptz), closes, ARRAY(
           SELECT CAST(CAST(:day AS date) - back AS date) FROM generate_series(:most, 2, -1) AS back
           WHERE closes AND CAST(:day AS date) - back > (SELECT min(day) FROM final)
             AND CAST(:day AS date) - back NOT IN (SELECT day FROM final)),
       :reason
FROM begun
ON CONFLICT (job_id) DO UPDATE SET day = r.day
RETURNING r.day, r.started_at, r.compared_through, r.closes, r.missed
"""
_COMPARED = """
UPDATE {tutoring}.metric_runs SET compared_through = CAST(:day AS date), corrected = corrected + :corrected
WHERE job_id = :job
"""
_END = """
UPDATE {tutoring}.metric_runs SET finished_at = clock_timestamp(), tutors = :tutors, failed = CAST(:failed AS varchar[])
WHERE job_id = :job
"""
_TODAY = "SELECT CAST(clock_timestamp() AT TIME ZONE 'UTC' AS date)"
_CLOCK = "SELECT clock_timestamp()"
_TUTORS = """
SELECT {tutoring}.bucket_of(tutor_id), array_agg(tutor_id ORDER BY tutor_id)
FROM {tutoring}.tutors GROUP BY 1 ORDER BY 1
"""
_FORGET = "DELETE FROM {tutoring}.tutor_days WHERE day < CAST(:day AS date)"


class Run(NamedTuple):
    """A job's run: the day of its rows, since when, how far sums were compared, and whose final rows it writes, too.

    That is the day before, where it `closes` that, and days `missed` by the nights that should have written theirs.
    """

    day: date
    started_at: datetime
    compared_through: date | None
    closes: bool
    missed: list[date]

    @property
    def ended(self) -> list[date]:
        """The days whose final rows it writes, the oldest first."""
        return [*self.missed, *([self.day - timedelta(days=1)] if self.closes else [])]


def begin_run(  # noqa: PLR0913 - each is a choice of its own
    conn: Connection, job_id: int, day: date, at: datetime, *, reason: str | None, most: int
) -> Run:
    """Begin a job's run at a moment, or find the one that an earlier attempt of the job began.

    One of the very day also takes up the days of the last `most` whose final rows no night wrote.
    """
    current = day == at.astimezone(UTC).date()
    asked = {"job": job_id, "day": day, "at": at, "current": current, "reason": reason, "most": most}
    return Run(*conn.execute(sql(_BEGIN), asked).one())


def record_compared(conn: Connection, job_id: int, through: date, corrected: int) -> None:
    """Keep that the sums of all days up to this one are those of the raw rows."""
    conn.execute(sql(_COMPARED), {"job": job_id, "day": through, "corrected": corrected})


def end_run(conn: Connection, job_id: int, tutors: int, failed: Sequence[str]) -> None:
    """Keep that the rows are written, of how many tutors, and of whom they could not be."""
    conn.execute(sql(_END), {"job": job_id, "tutors": tutors, "failed": list(failed)})


def today(conn: Connection) -> date:
    """Return the UTC day that it is in the database."""
    day: date = conn.execute(sql(_TODAY)).scalar_one()
    return day


def clock(conn: Connection) -> datetime:
    """Return the time that it is in the database."""
    now: datetime = conn.execute(sql(_CLOCK)).scalar_one()
    return now


def tutors_by_bucket(conn: Connection) -> dict[int, list[str]]:
    """Return the ids of all tutors by their buckets."""
    return {bucket: list(tutors) for bucket, tutors in conn.execute(sql(_TUTORS))}


def forget_days(conn: Connection, before: date) -> None:
    """Delete the sums of days before this one; no row that may still be written needs them."""
    conn.execute(sql(_FORGET), {"day": before})
