"""From SQL `enqueue_job` tells which job it is and whether it is new, and `get_job` what became of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text

from tests.db.ledger import callers

if TYPE_CHECKING:
    from sqlalchemy import Connection

_TYPES = """
SELECT pg_get_function_identity_arguments(oid), pg_get_function_result(oid)
FROM pg_proc WHERE oid = 'bellwork.enqueue'::regproc
"""


def told(conn: Connection, arguments: str) -> tuple[Any, ...]:
    """Call enqueue_job."""
    return tuple(conn.execute(text(f"SELECT * FROM bellwork.enqueue_job({arguments})")).one())  # noqa: S608 - a test's own


@pytest.mark.parametrize("role", ["bellwork_api", "bellwork_worker", "bellwork_ops"])
@pytest.mark.parametrize("while_", ["unfinished", "waiting"])
def test_a_job_is_new_once(undone: Connection, role: str, while_: str) -> None:
    """The second of a key is told the first one's id, by each role."""
    callers.register(undone)
    callers.become(undone, "somebody", role)
    asked = f"'t.x', '{{}}', unique_key => 'k', unique_while => '{while_}'"
    first, second = told(undone, asked), told(undone, asked)

    assert [(first[0], True), (first[0], False)] == [first, second]
    assert ("available", "t.x") == undone.execute(
        text("SELECT state, actor FROM bellwork.get_job(:id)"), {"id": first[0]}
    ).one()


def test_a_job_is_as_enqueue_makes_it(undone: Connection) -> None:
    """The same columns by both functions."""
    callers.register(undone, priority=3)
    arguments = """'t.x', '{"a": [null, "ü"]}', 'other', 7, '2100-01-01Z'"""
    undone.execute(text(f"SELECT bellwork.enqueue({arguments})"))
    told(undone, arguments)
    rows = undone.execute(text("SELECT actor, args, queue, priority, run_at, options, enqueued_by FROM bellwork.jobs"))
    one, other = rows.all()

    assert one == other


@pytest.mark.parametrize(
    ("arguments", "sqlstate", "words"),
    [
        ("NULL", "22023", "enqueue_job: the job names no actor"),
        ("'t.x', '[]'", "22023", "enqueue_job: the job has args of type array"),
        ("'t.x', unique_while => 'waiting'", "22023", "enqueue_job: the job has unique_while, but no unique_key"),
        ("'t.x', unique_while => 'soon', unique_key => 'k'", "22023", "enqueue_job: the job has unique_while 'soon'"),
        ("'t.x', priority => 1001", "23514", "between_minus_1000_and_1000"),
    ],
)
def test_what_is_refused_says_why(undone: Connection, arguments: str, sqlstate: str, words: str) -> None:
    """In the words of the other functions."""
    with callers.refused(undone, sqlstate, words):
        told(undone, arguments)


def test_a_restricted_caller_is_refused_as_by_enqueue(undone: Connection) -> None:
    """With the same code and the same sentence."""
    callers.register(undone, "t.inner", "internal")
    callers.become(undone, "web")
    for function in ("enqueue", "enqueue_job"):
        with callers.refused(undone, "42501", r"enqueue: actor 't\.inner' is declared with callers=\"internal\""):
            undone.execute(text(f"SELECT bellwork.{function}('t.inner')"))


def test_a_job_of_another_login_is_none(undone: Connection) -> None:
    """Ids are consecutive, and this way tell nothing."""
    callers.register(undone)
    callers.become(undone, "web")
    [mine, _] = told(undone, "'t.x'")
    callers.become(undone, "another")
    found = undone.execute(text("SELECT * FROM bellwork.get_job(:id)"), {"id": mine}).all()

    assert [] == found


def test_enqueue_is_what_it_was(undone: Connection) -> None:
    """Whoever calls it by position, or reads what it returns, need not know of the new one."""
    [(arguments, result)] = undone.execute(text(_TYPES)).all()

    assert arguments.startswith(
        "actor text, args jsonb, queue text, priority integer, run_at timestamp with time zone,"
    )
    assert "bigint" == result
