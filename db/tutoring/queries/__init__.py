"""What the metrics ask of the tables of tutoring; every function takes the caller's connection first.

notes  what changed, and whose turn it is      days  exact sums of a tutor's day
rows   the rows of metrics, made of the sums   runs  how far the jobs that recompute all are
sessions   a session that is sent in
"""

from __future__ import annotations

from bellwork.db.tutoring.queries.days import Rolled, Sums, TutorDay, differing, roll, span
from bellwork.db.tutoring.queries.notes import (
    Taken,
    bucket_of,
    hold,
    list_failed,
    list_left,
    note_changes,
    record_failures,
    take_changes,
)
from bellwork.db.tutoring.queries.rows import Lateness, Standing, end_of, write_rows
from bellwork.db.tutoring.queries.runs import (
    Run,
    begin_run,
    clock,
    end_run,
    forget_days,
    record_compared,
    today,
    tutors_by_bucket,
)
from bellwork.db.tutoring.queries.sessions import Written, write_session

__all__ = [
    "Lateness",
    "Rolled",
    "Run",
    "Standing",
    "Sums",
    "Taken",
    "TutorDay",
    "Written",
    "begin_run",
    "bucket_of",
    "clock",
    "differing",
    "end_of",
    "end_run",
    "forget_days",
    "hold",
    "list_failed",
    "list_left",
    "note_changes",
    "record_compared",
    "record_failures",
    "roll",
    "span",
    "take_changes",
    "today",
    "tutors_by_bucket",
    "write_rows",
    "write_session",
]
