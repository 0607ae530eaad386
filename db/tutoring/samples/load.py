"""Writes the sample into tables without tutors: all of it in the caller's transaction, or nothing."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random
from typing import TYPE_CHECKING

from bellwork.db.engine import psycopg_of
from bellwork.db.sql import sql
from bellwork.db.tutoring.queries.runs import today
from bellwork.db.tutoring.samples.lessons import Life, Rows
from bellwork.db.tutoring.samples.people import grade_of, make_tutors, name_of
from bellwork.db.vocabulary import SampleError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

#: The most that may be asked for: the document's sizes, a hundred times.
MOST_TUTORS, MOST_DAYS = 45_000, 1_000
#: Students whom a tutor may meet.
MET = 120
_COLUMNS = {
    "tutors": (
        "tutor_id, name, email, onboarding_date, status, subjects, education_level, location,"
        " baseline_sessions_per_week, behavioral_archetype"
    ),
    "students": "student_id, name, age, grade_level",
    "sessions": (
        "session_id, tutor_id, student_id, session_number, scheduled_start, actual_start, duration_minutes, subject,"
        " session_type, tutor_initiated_reschedule, no_show, late_start_minutes, engagement_score,"
        " learning_objectives_met, technical_issues"
    ),
    "student_feedback": (
        "feedback_id, session_id, student_id, tutor_id, overall_rating, is_first_session, would_recommend, submitted_at"
    ),
    "tutor_events": "event_id, tutor_id, event_type, event_timestamp, metadata",
}


def sample(conn: Connection, *, tutors: int = 450, days: int = 90, seed: int = 1, until: str = "") -> dict[str, int]:
    """Fill the tables with tutors and the days that end yesterday, or `until` (2027-06-30); returns rows by table.

    The same arguments and the same last day give the same rows. Raises SampleError for numbers that are out of reach,
    a date that is none, and where there are tutors already: nothing is written then.
    """
    dates = _dates(conn, tutors, days, until)
    if conn.execute(sql("SELECT EXISTS (SELECT FROM {tutoring}.tutors)")).scalar():
        raise SampleError("there are tutors already; a sample is for empty tables, such as a database of its own")
    conn.execute(sql("SET LOCAL idle_in_transaction_session_timeout = 0"))  # making the rows takes its time
    random = Random(seed)  # noqa: S311 - the same seed is to give the same rows
    made = make_tutors(random, tutors, days)
    students = [f"student_{number:06d}" for number in range(1, 10 * tutors + 1)]
    first = date.fromisoformat(dates[-1])
    counts = {
        "tutors": _copy(
            conn,
            "tutors",
            [
                f"{each.tutor_id}\t{name_of(random)}\t{each.tutor_id}@tutors.example\t"
                f"{first - timedelta(days=each.tenure)} 09:00:00+00\tactive\t{{{','.join(each.subjects)}}}"
                f"\tBachelor\tRemote\t{each.baseline}\t{each.kind.archetype}\n"
                for each in made
            ],
        ),
        "students": _copy(
            conn,
            "students",
            [f"{each}\t{name_of(random)}\t{random.randint(11, 18)}\t{grade_of(random)}\n" for each in students],
        ),
        **dict.fromkeys(("sessions", "student_feedback", "tutor_events"), 0),
    }
    for part in range(0, len(made), 50):
        rows = Rows()
        for each in made[part : part + 50]:
            Life(random, each, random.sample(students, min(MET, len(students))), rows).live(dates)
        counts["sessions"] += _copy(conn, "sessions", rows.sessions)
        counts["student_feedback"] += _copy(conn, "student_feedback", rows.feedback)
        counts["tutor_events"] += _copy(conn, "tutor_events", rows.events)
    return counts


def _dates(conn: Connection, tutors: int, days: int, until: str) -> list[str]:
    for name, number, most in (("tutors", tutors, MOST_TUTORS), ("days", days, MOST_DAYS)):
        if not 1 <= number <= most:
            raise SampleError(f"{name} is {number}; it can be 1 to {most:,}")
    try:
        last = date.fromisoformat(until) if until else today(conn) - timedelta(days=1)
    except ValueError as wrong:
        raise SampleError(f"until is {until!r}; it is a UTC day like 2027-06-30") from wrong
    return [str(last - timedelta(days=back)) for back in range(days - 1, -1, -1)]


def _copy(conn: Connection, table: str, lines: Sequence[str]) -> int:
    statement = sql(f"COPY {{tutoring}}.{table} ({_COLUMNS[table]}) FROM STDIN").text
    with psycopg_of(conn).cursor() as cursor, cursor.copy(statement.encode()) as copy:
        for part in range(0, len(lines), 5_000):
            copy.write("".join(lines[part : part + 5_000]))
    return len(lines)
