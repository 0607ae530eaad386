"""A tutoring platform's tables in a test: rows go in as dicts, metrics come out as dicts, and time is held still."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert

from bellwork.db.engine import transaction
from bellwork.db.tutoring import queries, tables
from bellwork.tasks.tutoring.metrics import drain_changes
from bellwork.workers.testing import run_inline

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date, datetime

    from sqlalchemy import Connection

Row = dict[str, Any]
_EMPTY = """
DELETE FROM tutoring.student_feedback;
DELETE FROM tutoring.tutors;
DELETE FROM tutoring.students;
DELETE FROM tutoring.changes;
DELETE FROM tutoring.insights;
DELETE FROM tutoring.metric_runs;
DELETE FROM bellwork.jobs
"""
_METRICS = text("""
SELECT * FROM tutoring.tutor_performance_metrics
WHERE (calculation_date AT TIME ZONE 'UTC')::date = :day ORDER BY tutor_id, "window"
""")


def put(table: str, *rows: Row) -> None:
    """Insert rows into a table of tutoring, in a transaction of its own."""
    with transaction() as conn:
        add(conn, table, *rows)


def add(conn: Connection, table: str, *rows: Row) -> None:
    """Insert rows."""
    for row in rows:
        conn.execute(insert(tables.metadata.tables[f"tutoring.{table}"]).values(row))


def change(statement: str, **values: Any) -> None:
    """Execute a statement in a transaction of its own."""
    with transaction() as conn:
        conn.execute(text(statement), values)


def ask(statement: str, **values: Any) -> list[Any]:
    """Return the rows of a query."""
    with transaction() as conn:
        return list(conn.execute(text(statement), values).all())


def empty() -> None:
    """Take every row of tutoring and every job away."""
    change(_EMPTY)


def people(*tutors: str) -> None:
    """Put tutors, and one student."""
    put(
        "tutors",
        *(
            {
                "tutor_id": each,
                "name": each,
                "email": f"{each}@x.example",
                "onboarding_date": "2020-01-01+00",
                "status": "active",
            }
            for each in tutors
        ),
    )
    put("students", {"student_id": "pupil", "name": "A Pupil"})


def metrics(day: date) -> dict[tuple[str, str], Row]:
    """Return the rows of a UTC day by tutor and window."""
    with transaction() as conn:
        found = conn.execute(_METRICS, {"day": day}).mappings().all()
    return {(row["tutor_id"], row["window"]): dict(row) for row in found}


def figures(row: Row) -> Row:
    """Return what a row of metrics says, without ids and moments."""
    left_out = {"metric_id", "tutor_id", "window", "calculation_date", "created_at", "updated_at"}
    return {name: value for name, value in row.items() if name not in left_out}


def drained() -> int:
    """Run the jobs of all buckets that have notes, once each; returns how many."""
    buckets = [bucket for (bucket,) in ask("SELECT DISTINCT bucket FROM tutoring.changes ORDER BY 1")]
    for bucket in buckets:
        assert "done" == run_inline(drain_changes, bucket=bucket)["state"]
    return len(buckets)


@contextmanager
def still(at: datetime) -> Iterator[None]:
    """Hold the clock of every recompute at a moment."""
    hold, take = queries.hold, queries.take_changes
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(queries, "clock", lambda _: at)
        patch.setattr(queries, "today", lambda _: at.date())
        patch.setattr(queries, "hold", lambda conn, buckets: (hold(conn, buckets), at)[1])
        patch.setattr(
            queries, "take_changes", lambda conn, bucket: [each._replace(now=at) for each in take(conn, bucket)]
        )
        yield
