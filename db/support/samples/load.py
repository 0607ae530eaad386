"""Writes the sample into tables without students: all of it in the caller's transaction, or nothing."""

from __future__ import annotations

from collections import Counter
from dataclasses import fields
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import TYPE_CHECKING

from bellwork.db.engine import psycopg_of
from bellwork.db.sql import sql
from bellwork.db.support.detection import clock
from bellwork.db.support.samples.lives import SUBJECTS, Rows, live, name_of, uuid_of
from bellwork.db.vocabulary import SampleError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

#: The most that may be asked for, and students of a course.
MOST, MOST_DAYS, CLASS = 1_000_000, 3_000, 200
_COLUMNS = {
    "user_profiles": "id, name, email, time_zone",
    "courses": "id, title, owner_id",
    "trainers": "id, name, email, courses, capacity",
    "student_enrollments": "id, user_id, course_id, status, enrolled_at, completion_percentage",
    "quiz_attempts": "source_id, enrollment_id, passed, score, submitted_at, noted_at",
    "topic_completions": "source_id, enrollment_id, completed_at, noted_at",
    "escalations": "source_id, enrollment_id, escalated_at, noted_at",
}


def sample(
    conn: Connection, *, enrollments: int = 1_000, days: int = 90, seed: int = 1, until: str = ""
) -> dict[str, int]:
    """Fill the tables with students, each in a course, and the days until yesterday, or `until`; returns rows by table.

    `until` is a UTC day like 2027-06-30. The same arguments and the same last day give the same rows. Raises
    SampleError for numbers that are out of reach, a date that is none, and where there are students already: nothing is
    written then.
    """
    end = _end(conn, enrollments, days, until)
    if conn.execute(sql("SELECT EXISTS (SELECT FROM {support}.user_profiles)")).scalar():
        raise SampleError("there are students already; a sample is for empty tables, such as a database of its own")
    conn.execute(sql("SET LOCAL idle_in_transaction_session_timeout = 0"))  # making the rows takes its time
    random = Random(seed)  # noqa: S311 - the same seed is to give the same rows
    counts: Counter[str] = Counter()
    courses = _open_courses(conn, random, -(-enrollments // CLASS), counts)
    for first in range(0, enrollments, 1_000):
        rows = Rows()
        for number in range(first, min(first + 1_000, enrollments)):
            live(random, number, courses[number % len(courses)], rows, end=end, days=days)
        for each in fields(rows):
            counts[each.name] += _copy(conn, each.name, getattr(rows, each.name))
    return dict(counts)


def _end(conn: Connection, enrollments: int, days: int, until: str) -> datetime:
    for name, number, most in (("enrollments", enrollments, MOST), ("days", days, MOST_DAYS)):
        if not 1 <= number <= most:
            raise SampleError(f"{name} is {number}; it can be 1 to {most:,}")
    try:
        last = date.fromisoformat(until) if until else clock(conn).astimezone(UTC).date() - timedelta(days=1)
    except ValueError as wrong:
        raise SampleError(f"until is {until!r}; it is a UTC day like 2027-06-30") from wrong
    return datetime.combine(last + timedelta(days=1), time(), tzinfo=UTC)


def _open_courses(conn: Connection, random: Random, number: int, counts: Counter[str]) -> list[str]:
    """Make courses, the owner of each, and two trainers for it."""
    people, courses, trainers = [], [], []
    for nth in range(number):
        owner, course = uuid_of(random), uuid_of(random)
        people.append(f"{owner}\t{name_of(random)}\towner{nth}@schools.example\tUTC\n")
        courses.append(f"{course}\t{random.choice(SUBJECTS)} {nth + 1}\t{owner}\n")
        for which in "ab":
            trainer, name = uuid_of(random), name_of(random)
            people.append(f"{trainer}\t{name}\ttrainer{nth}{which}@schools.example\tUTC\n")
            trainers.append(f"{trainer}\t{name}\ttrainer{nth}{which}@schools.example\t{{{course}}}\t20\n")
    for table, lines in (("user_profiles", people), ("courses", courses), ("trainers", trainers)):
        counts[table] += _copy(conn, table, lines)
    return [line.partition("\t")[0] for line in courses]


def _copy(conn: Connection, table: str, lines: Sequence[str]) -> int:
    statement = sql(f"COPY {{support}}.{table} ({_COLUMNS[table]}) FROM STDIN").text
    with psycopg_of(conn).cursor() as cursor, cursor.copy(statement.encode()) as copy:
        for part in range(0, len(lines), 5_000):
            copy.write("".join(lines[part : part + 5_000]))
    return len(lines)
