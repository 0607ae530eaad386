"""`SELECT bellwork.enqueue_many(…)`: thousands of jobs in one statement, all or none."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from bellwork.db.engine import transaction
from tests.db.ledger import ledger_jobs

#: Lists of which one job is bad, and the SQLSTATE that tells why.
REFUSED: dict[str, tuple[Any, str]] = {
    "null": (None, "22023"),
    "object": ({"actor": "t.many"}, "22023"),
    "no actor": ([{"actor": "t.many"}, {"args": {}}], "22023"),
    "bad queue": ([{"actor": "t.many"}, {"actor": "t.many", "queue": "a queue"}], "23514"),
    "bad priority": ([{"actor": "t.many"}, {"actor": "t.many", "priority": 5_000}], "23514"),
    "infinity": ([{"actor": "t.many"}, {"actor": "t.many", "run_at": "infinity"}], "23514"),
    "no time": ([{"actor": "t.many"}, {"actor": "t.many", "run_at": "soon"}], "22007"),
}


def enqueue_many(jobs: Any) -> int:
    """Call the function in a transaction of its own."""
    with transaction() as conn:
        asked = {"jobs": json.dumps(jobs)}
        return int(conn.execute(text("SELECT bellwork.enqueue_many(CAST(:jobs AS jsonb))"), asked).scalar_one())


def test_a_thousand_jobs_are_one_statement(database: str) -> None:
    """A thousand jobs go in at once, each with its own arguments."""
    del database
    inserted = enqueue_many([{"actor": "t.many", "args": {"number": number}} for number in range(1_000)])

    with transaction() as conn:
        numbers = conn.execute(text("SELECT DISTINCT CAST(args ->> 'number' AS int) FROM bellwork.jobs")).scalars()
        assert (1_000, set(range(1_000))) == (inserted, set(numbers))


def test_a_key_that_waits_is_skipped_and_not_counted(database: str) -> None:
    """Of jobs with one unique_key, within the call or from before, one is new; the others are left out."""
    del database
    first = enqueue_many([{"actor": "t.many", "unique_key": "a"}, {"actor": "t.many", "unique_key": "a"}])
    second = enqueue_many([{"actor": "t.many", "unique_key": "a"}, {"actor": "t.many", "unique_key": "b"}])

    assert (1, 1, 2) == (first, second, ledger_jobs.count())


def test_one_bad_job_refuses_them_all(database: str) -> None:
    """A list with one bad job inserts none of them."""
    del database
    told = {}
    for what, (jobs, _) in REFUSED.items():
        with pytest.raises(DBAPIError) as refused:
            enqueue_many(jobs)
        told[what] = getattr(refused.value.orig, "sqlstate", None)

    assert {what: sqlstate for what, (_, sqlstate) in REFUSED.items()} == told
    assert 0 == ledger_jobs.count()
