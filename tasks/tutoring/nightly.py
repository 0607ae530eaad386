"""All tutors, all windows: sums of days are compared with raw rows and corrected, then every row is written from them.

Two connections do it side by side. Comparing only reads, some days at a time, so no recompute of one tutor waits for
it; a job that was killed goes on with the next days. What differs is summed up anew under the locks of its tutors.
"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from datetime import UTC, date, timedelta
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import structlog

from bellwork import enqueue
from bellwork.db.engine import transaction
from bellwork.db.tutoring import queries
from bellwork.db.tutoring.queries import Sums, TutorDay, end_of, span
from bellwork.db.tutoring.thresholds import LONGEST
from bellwork.tasks.tutoring.refresh import in_halves, record
from bellwork.workers import Permanent, job
from bellwork.workers.actor import actor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from sqlalchemy import Connection

    from bellwork.db.tutoring.queries import Run

log = structlog.get_logger("bellwork.tutoring")
T = TypeVar("T")
#: Days of tutors that are compared at once at most, all of 4,500 tutors for instance, and seconds that this may take.
#: Each part may read tables as a whole, so few are cheaper; a run that is cut off does its last part again.
TUTOR_DAYS, SECONDS = 420_000, 60.0
#: Tutors whose rows are written in one transaction, about, and transactions at a time.
TUTORS, AT_ONCE = 1_000, 2
#: Days that lie back at most of a day whose rows can be repaired: sums of days are kept for twice the longest window.
REPAIRABLE, KEPT = 99, 190


@actor(
    actor_name="tutoring.recompute_all",
    callers="internal",
    queue_name="tutoring-nightly",
    max_retries=5,
    min_backoff=10_000,
    max_backoff=600_000,
    time_limit=1_800_000,
)
def recompute_all(day: str | None = None, reason: str | None = None) -> None:
    """Recompute the rows of all tutors from raw rows: of today, and once a day the final ones of the day that ended.

    Days of the last 99 whose nights never ran get their final rows, too, of what is known now. With `day`, a UTC day
    like '2027-06-30' of the last 99, its rows are written again as its end should have found them, for instance after a
    faulty import; `reason` is kept. Permanent where `day` is none of these.
    """
    this = job.current().id
    with transaction() as conn:
        now = queries.clock(conn)
        today = now.astimezone(UTC).date()
        run = queries.begin_run(conn, this, _day(day, today), now, reason=reason, most=REPAIRABLE)
        buckets = queries.tutors_by_bucket(conn)
    _compare(run, this, today, sum(map(len, buckets.values())))
    written = side_by_side([partial(_write_part, run, chosen, buckets) for chosen in chunks(buckets)])
    failed = [each for part in written for each in part]
    with job.transaction() as conn:
        queries.end_run(conn, this, sum(map(len, buckets.values())), [tutor_id for tutor_id, _ in failed])
        queries.forget_days(conn, today - timedelta(days=KEPT))
        if run.day == today:
            # A day that has just begun says nothing yet of its week.
            spoken = run.day - timedelta(days=int(run.closes))
            enqueue(conn, "tutoring.predict_all", {"day": spoken.isoformat()}, unique_key="tutoring.predict_all")
    log.info(
        "recomputed all tutors",
        day=str(run.day),
        tutors=sum(map(len, buckets.values())),
        failed=len(failed),
        caught_up=len(run.missed),
    )


def _day(day: str | None, today: date) -> date:
    if day is None:
        return today
    try:
        wanted = date.fromisoformat(day)
    except (TypeError, ValueError) as wrong:
        raise Permanent(f"day is {day!r}; it is a UTC day like {today}") from wrong
    if not today - timedelta(days=REPAIRABLE) <= wanted <= today:
        raise Permanent(f"day is {day}; rows can be written of {today - timedelta(days=REPAIRABLE)} to {today}")
    return wanted


def _compare(run: Run, this: int, today: date, tutors: int) -> None:
    """Make the stored sums of every day that the run needs those of the raw rows, a few days at a time."""
    oldest = min([run.day, *run.ended])
    first = run.compared_through + timedelta(days=1) if run.compared_through else span(oldest)[1]
    step = most = min(max(1, TUTOR_DAYS // max(tutors, 1)), LONGEST + 1)
    while first <= run.day:
        last = min(first + timedelta(days=step - 1), run.day)
        began = time.monotonic()
        found = side_by_side([partial(_differing, run, today, first, last, of) for of in Sums])
        differing = sorted({each for part in found for each in part})
        step = max(1, min(most, 2 * step, int(step * SECONDS / max(time.monotonic() - began, 0.01))))
        corrected = sum(_correct(run, part, today, last) for part in _by_bucket(differing))
        with transaction() as conn:
            queries.record_compared(conn, this, last, corrected)
        first = last + timedelta(days=1)


def _differing(run: Run, today: date, first: date, last: date, of: Sums) -> list[TutorDay]:
    with transaction() as conn:
        at = queries.clock(conn) if run.day == today else end_of(run.day)
        return queries.differing(conn, of, first, last, at, purged_by=today)


def _correct(run: Run, days: Sequence[TutorDay], today: date, last: date) -> int:
    """Sum up days, none after `last`, of one bucket's tutors anew; returns how many were wrong."""
    found = 0
    with transaction() as conn:
        now = queries.hold(conn, [queries.bucket_of(conn, days[0].tutor_id) or 0])
        at = now if run.day == today else end_of(run.day)

        def work(tutors: Sequence[str]) -> None:
            nonlocal found
            chosen = [each for each in days if each.tutor_id in set(tutors)]
            rolled = queries.roll(conn, chosen, at, today=last, open_too=False, purged_by=today)
            found += sum(each.corrected for each in rolled)

        record(conn, in_halves(conn, sorted({each.tutor_id for each in days}), work))
    return found


def _write_part(run: Run, chosen: Sequence[int], buckets: dict[int, list[str]]) -> list[tuple[str, str]]:
    """Write all rows of the run of these buckets' tutors, the oldest day first; returns who could not be computed."""
    tutors = [tutor for bucket in chosen for tutor in buckets[bucket]]
    for ended in run.ended:
        with transaction() as conn:
            _write_ended(conn, ended, chosen, tutors)
    with transaction() as conn:
        return _write(conn, run, chosen, tutors)


def _write_ended(conn: Connection, ended: date, buckets: Sequence[int], tutors: Sequence[str]) -> None:
    """Write the final rows of a day that ended, of these buckets' tutors; who cannot be computed is in the log."""
    queries.hold(conn, buckets)

    def work(chosen: Sequence[str]) -> None:
        queries.write_rows(conn, chosen, ended, end_of(ended), current=False)

    record(conn, in_halves(conn, tutors, work))


def _write(conn: Connection, run: Run, buckets: Sequence[int], tutors: Sequence[str]) -> list[tuple[str, str]]:
    """Write the run's own rows of these buckets' tutors."""
    now = queries.hold(conn, buckets)
    current = now.astimezone(UTC).date() == run.day
    at = now if current else end_of(run.day)

    def work(chosen: Sequence[str]) -> None:
        if current:
            queries.roll(conn, [TutorDay(each, run.day) for each in chosen], at, today=run.day, open_too=False)
        queries.write_rows(conn, chosen, run.day, at, current=current)

    failed = in_halves(conn, tutors, work)
    record(conn, failed)
    return failed


def _by_bucket(days: Sequence[TutorDay]) -> Iterator[list[TutorDay]]:
    with transaction() as conn:
        buckets = queries.tutors_by_bucket(conn) if days else {}
    where = {tutor: bucket for bucket, tutors in buckets.items() for tutor in tutors}
    parts: dict[int, list[TutorDay]] = {}
    for each in days:
        if each.tutor_id in where:
            parts.setdefault(where[each.tutor_id], []).append(each)
    yield from parts.values()


def chunks(buckets: dict[int, list[str]]) -> Iterator[list[int]]:
    """Yield the buckets whose tutors' rows are written in one transaction: parts alike, for all who write at once."""
    total = sum(map(len, buckets.values()))
    parts = AT_ONCE * -(-total // (AT_ONCE * TUTORS))
    chosen: list[int] = []
    done = ended = 0
    for bucket, tutors in buckets.items():
        chosen.append(bucket)
        done += len(tutors)
        if done * parts >= total * (ended + 1):
            yield chosen
            chosen, ended = [], done * parts // total


def side_by_side(calls: Sequence[Callable[[], T]]) -> list[T]:
    """Make calls, so many at a time, each on a thread with a connection of its own; returns what they return.

    Where one fails no further one is begun, and what it raises is raised once those under way have ended.
    """
    pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="night")
    try:
        # Each thread logs as this job's.
        return list(pool.map(lambda call: call[0].run(call[1]), [(copy_context(), call) for call in calls]))
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
