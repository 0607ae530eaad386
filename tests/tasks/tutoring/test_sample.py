"""A sample is the same for the same seed, and nothing where there is something already."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text

from bellwork.db.engine import transaction
from bellwork.db.sql import sql
from bellwork.db.tutoring.queries import days, rows
from bellwork.db.tutoring.samples import sample
from bellwork.db.vocabulary import SampleError
from bellwork.tasks.tutoring.nightly import recompute_all
from bellwork.workers.testing import run_inline
from tests.ops.desk import ask
from tests.tasks.tutoring import place

if TYPE_CHECKING:
    from sqlalchemy import Connection

TABLES = ("tutors", "students", "sessions", "student_feedback", "tutor_events")
_WHY = ("there are tutors already", "has no option '--pupils'", "is a whole number", "no system 'nowhere'")
_DIGEST = """
SELECT md5(string_agg(row, '' ORDER BY row)) FROM (
    SELECT (to_jsonb(t) - '{created_at,updated_at}'::text[])::text FROM tutoring.[table] t) r(row)
"""


def made(**options: Any) -> tuple[dict[str, int], list[Any]]:
    """Make a sample in empty tables; returns how many rows, and digests of them."""
    place.empty()
    with transaction() as conn:
        counts = sample(conn, **options)
    return counts, [place.ask(_DIGEST.replace("[table]", table)) for table in TABLES]


@pytest.mark.usefixtures("empty")
def test_the_same_seed_gives_the_same_rows() -> None:
    """To the last byte; another seed gives others."""
    asked = {"tutors": 4, "days": 12, "until": "2026-06-30"}
    first = made(seed=7, **asked)

    assert first == made(seed=7, **asked)
    assert first[1] != made(seed=8, **asked)[1]


@pytest.mark.usefixtures("empty")
def test_a_sample_is_for_empty_tables_and_sizes_that_can_be() -> None:
    """Otherwise one line says what is wrong, and nothing is written; on the command line, too."""
    for options, why in (
        ({"tutors": 0}, "tutors is 0; it can be 1 to 45,000"),
        ({"days": 1_001}, "days is 1001"),
        ({"until": "soon"}, "until is 'soon'; it is a UTC day"),
    ):
        with transaction() as conn, pytest.raises(SampleError, match=why):
            sample(conn, **options)
    place.people("ann")
    told = [
        ask("sample", "tutoring", "--tutors", "2"),
        ask("sample", "tutoring", "--pupils", "2"),
        ask("sample", "tutoring", "--days", "many"),
        ask("sample", "nowhere"),
    ]

    assert list(_WHY) == [next((why for why in _WHY if why in each.err), each.err) for each in told]
    assert [1, 2, 2, 1] == [each.code for each in told]
    assert [(1,)] == place.ask("SELECT count(*) FROM tutoring.tutors")


@pytest.mark.usefixtures("empty")
def test_one_tutor_costs_what_one_tutor_has() -> None:
    """Sums of days and rows of one tutor are found by indexes in generic plans, as psycopg comes to use them."""
    assert 0 == ask("sample", "tutoring", "--tutors=40", "--days=60", "--seed", "1").code
    run_inline(recompute_all)
    with transaction() as conn:
        for table in (*TABLES, "tutor_days"):
            conn.execute(text(f"ANALYZE tutoring.{table}"))
        roll, write = _generic_plan(conn, days._ROLL), _generic_plan(conn, rows._ROWS)

    for index in ("ix_sessions_tutor_time", "ix_tutor_events_tutor_time", "ix_student_feedback_session_id"):
        assert f"using {index}" in roll
    assert "tutor_days_pkey" in write
    for table in ("sessions", "student_feedback", "tutor_events", "tutor_performance_metrics"):
        assert f"Seq Scan on {table}" not in roll + write


def _generic_plan(conn: Connection, statement: str) -> str:
    """Return the plan of a statement whose parameters nobody knows yet."""
    names: list[str] = []
    numbered = re.sub(r"(?<![:\w]):(\w+)", lambda found: _number(names, found[1]), sql(statement).text)
    return "\n".join(row[0] for row in conn.exec_driver_sql("EXPLAIN (GENERIC_PLAN) " + numbered))


def _number(names: list[str], name: str) -> str:
    if name not in names:
        names.append(name)
    return f"${names.index(name) + 1}"
