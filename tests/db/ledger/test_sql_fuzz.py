"""Whatever a caller says is a job that comes back as it was meant and a worker can read, or is cleanly refused."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from bellwork.db import ledger
from tests.db.ledger import anything, callers

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

#: Classes of SQLSTATE that say what is wrong with a value: data, a rule, a limit.
CLEAN = {"22", "23", "54"}
#: "No such function": an integer that is no PostgreSQL integer fits none of the parameters.
NO_INTEGER = "42883"
FEW = settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
MANY = settings(FEW, max_examples=5_000, derandomize=False)


@FEW
@given(anything.calls)
def test_one_call_is_one_job_or_a_clean_refusal(undone: Connection, call: dict[str, Any]) -> None:
    """150 calls, the same at every run."""
    check_enqueue(undone, call)


@FEW
@given(anything.lists)
def test_one_list_is_all_its_jobs_or_a_clean_refusal(undone: Connection, jobs: str) -> None:
    """150 lists, the same at every run."""
    check_enqueue_many(undone, jobs)


@pytest.mark.soak
@pytest.mark.timeout(1_800)
@MANY
@given(anything.calls, anything.lists)
def test_a_long_series_of_calls_and_lists(undone: Connection, call: dict[str, Any], jobs: str) -> None:
    """5,000 of each, others at every run; they take minutes."""
    check_enqueue(undone, call)
    check_enqueue_many(undone, jobs)


def check_enqueue(conn: Connection, call: dict[str, Any]) -> None:
    """Call enqueue between two good calls and compare what is there."""
    with conn.begin_nested() as example:
        callers.enqueue(conn, actor="beside")
        job = attempt(conn, lambda: callers.enqueue(conn, **call))
        callers.enqueue(conn, actor="beside")
        found = read(conn)
        example.rollback()
    meant = (call.get("actor", callers.ACTOR), call.get("queue") or "default", call.get("key"), exact(call["args"]))

    assert ([] if job is None else [meant]) == found


def check_enqueue_many(conn: Connection, jobs: str) -> None:
    """Call enqueue_many between two good calls and compare what is there."""
    with conn.begin_nested() as example:
        callers.enqueue(conn, actor="beside")
        inserted = attempt(conn, lambda: callers.enqueue_many(conn, jobs))
        callers.enqueue(conn, actor="beside")
        found = read(conn)
        example.rollback()
    meant = [] if inserted is None else [as_meant(job) for job in without_twins(exact(jobs))]

    assert inserted in {None, len(found)}
    assert sorted(meant, key=spelled) == sorted(found, key=spelled)


def attempt(conn: Connection, act: Callable[[], int]) -> int | None:
    """Return the answer, or None after a clean refusal; what else is raised is a fault."""
    try:
        with conn.begin_nested():
            return act()
    except UnicodeEncodeError:
        return None  # a lone surrogate is no text in any encoding: the driver cannot even send it
    except DBAPIError as refusal:
        sqlstate = getattr(refusal.orig, "sqlstate", None)
        if sqlstate is None and "NUL" in str(refusal.orig):
            return None
        if sqlstate is None or (sqlstate[:2] not in CLEAN and sqlstate != NO_INTEGER):
            raise
        return None


def read(conn: Connection) -> list[Any]:
    """Read the jobs as a worker does, which must not fail, and return them with their numbers exact."""
    ledger.list_jobs(conn)
    asked = "SELECT actor, queue, unique_key, CAST(args AS text) FROM bellwork.jobs WHERE actor <> 'beside'"
    return [(*row[:3], exact(row[3])) for row in conn.execute(text(asked))]


def exact(document: str) -> Any:
    """Parse JSON with exact numbers; None for what is no JSON."""
    try:
        return json.loads(document, parse_float=Decimal, parse_int=Decimal)
    except (ValueError, RecursionError):
        return None


def spelled(job: Any) -> str:
    """Write a job down so that equal ones are written alike."""
    return json.dumps(job, sort_keys=True, default=str)


def as_meant(job: dict[str, Any]) -> Any:
    """Put a job of a list as `read` returns it."""
    key = job.get("unique_key")
    return job["actor"], job.get("queue") or "default", key, job.get("args", {})


def without_twins(jobs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Leave out the jobs of a list whose key an earlier one has."""
    keys = [job.get("unique_key") for job in jobs]
    return [job for place, job in enumerate(jobs) if keys[place] is None or keys[place] not in keys[:place]]
