"""What learners did on a day, as a file in the storage, once nothing of that day can come any more."""

from __future__ import annotations

import csv
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import TYPE_CHECKING

from bellwork.db.courses.progress.days import days_between, fold_events, read_day
from bellwork.db.engine import transaction
from bellwork.db.seen import BACK
from bellwork.tasks.providers import storage
from bellwork.workers import job
from bellwork.workers.actor import actor

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from bellwork.db.courses.progress.days import Activity

#: Where the files lie in the storage.
FOLDER = "courses/days"
#: A day is over everywhere half a day after UTC's, and events of it come for BACK days. Of so many days before that one
#: a file that is missing is made, too.
LATE, AGAIN = BACK + 2, 30


@actor(
    actor_name="courses.export_days",
    callers="internal",
    queue_name="courses",
    max_retries=5,
    min_backoff=60_000,
    time_limit=600_000,
)
def export_days() -> None:
    """Write courses/days/<day>.csv for each day of the last month that is over for good and has no file.

    It has a line for each learner: minutes of films, lessons and quizzes. Learning events of the last three days make
    their days the learner's own first. A file is never changed.
    """
    with transaction() as conn:
        fold_events(conn)
    until = datetime.now(UTC).date() - timedelta(days=LATE)
    with transaction() as conn:
        days = days_between(conn, until - timedelta(days=AGAIN), until)
    for day in days:
        key = f"{FOLDER}/{day}.csv"
        if not storage().exists(key):
            with transaction() as conn:
                rows = read_day(conn, day)
            storage().put(key, as_csv(day, rows).encode())
    with job.transaction():
        pass


def as_csv(day: date, rows: Iterable[Activity]) -> str:
    """Write a day as CSV (RFC 4180), in whole minutes; an id is nothing that a spreadsheet takes for a formula."""
    text = StringIO()
    file = csv.writer(text)
    file.writerow(("day", "user_id", "minutes", "lessons", "quizzes"))
    file.writerows((day, row.user_id, row.seconds // 60, row.lessons, row.quizzes) for row in rows)
    return text.getvalue()
