"""Least rights: callers have the three functions and nothing else; the functions cannot be used to get more."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from tests.db.ledger import callers

if TYPE_CHECKING:
    from sqlalchemy import Connection

FUNCTIONS = [
    "bellwork.enqueue('t.x')",
    """bellwork.enqueue_many('[{"actor": "t.x"}]')""",
    "bellwork.cancel(1)",
]
INNER = ["bellwork.insert_jobs('[]')", "bellwork.odd_job('[]')", "bellwork.finish(1, 1, 1)"]
TABLES = ["jobs", "finished_jobs", "workers", "actors", "queues"]
#: What is attempted on a table, whatever its columns.
DEEDS = {
    "read": "SELECT count(*) FROM bellwork.{table}",
    "insert": "INSERT INTO bellwork.{table} DEFAULT VALUES",
    "update": "UPDATE bellwork.{table} SET {column} = {column}",
    "delete": "DELETE FROM bellwork.{table}",
    "truncate": "TRUNCATE bellwork.{table}",
    "drop": "DROP TABLE bellwork.{table}",
    "lock": "LOCK TABLE bellwork.{table}",
}
_COLUMN = {"jobs": "priority", "actors": "name", "queues": "name"}
_SAFE = text("""
SELECT p.oid::regprocedure::text AS function, p.prosecdef AS definer, p.proconfig AS config,
       has_function_privilege('public', p.oid, 'EXECUTE') AS public
FROM pg_proc p WHERE p.pronamespace = 'bellwork'::regnamespace
""")


def become(conn: Connection, role: str) -> None:
    """Go on as this role, until the test's transaction is undone."""
    if role == "a stranger":
        conn.execute(text('CREATE ROLE "a stranger"'))
    conn.execute(text(f'SET LOCAL ROLE "{role}"'))


def deed(kind: str, table: str) -> str:
    """Write the statement."""
    return DEEDS[kind].format(table=table, column=_COLUMN.get(table, "id"))


@pytest.mark.parametrize("role", ["bellwork_api", "bellwork_worker", "bellwork_ops"])
def test_each_of_our_roles_may_call_the_functions(undone: Connection, role: str) -> None:
    """Whoever enqueues also cancels, and a refusal is the same for all."""
    become(undone, role)
    for function in FUNCTIONS:
        undone.execute(text(f"SELECT {function}"))
    with callers.refused(undone, "22023", "actor is NULL"):
        undone.execute(text("SELECT bellwork.enqueue(NULL)"))


@pytest.mark.parametrize("function", FUNCTIONS + INNER)
def test_a_stranger_may_call_nothing(undone: Connection, function: str) -> None:
    """PostgreSQL lets everybody call a new function; these it does not."""
    become(undone, "a stranger")
    with callers.refused(undone, "42501"):
        undone.execute(text(f"SELECT {function}"))


@pytest.mark.parametrize("function", INNER)
@pytest.mark.parametrize("role", ["bellwork_api", "bellwork_ops"])
def test_what_the_functions_stand_on_is_not_for_callers(undone: Connection, role: str, function: str) -> None:
    """Only who may write the tables anyway may call it."""
    become(undone, role)
    with callers.refused(undone, "42501"):
        undone.execute(text(f"SELECT {function}"))


@pytest.mark.parametrize("kind", DEEDS)
@pytest.mark.parametrize("table", TABLES)
def test_an_api_layer_touches_no_table(undone: Connection, table: str, kind: str) -> None:
    """It enqueues through the functions, and sees neither arguments nor anybody else's jobs."""
    become(undone, "bellwork_api")
    with callers.refused(undone, "42501"):
        undone.execute(text(deed(kind, table)))


@pytest.mark.parametrize("view", ["queue_depth", "job_history"])
def test_an_api_layer_reads_no_view(undone: Connection, view: str) -> None:
    """What operators look at is for operators."""
    become(undone, "bellwork_api")
    with callers.refused(undone, "42501"):
        undone.execute(text(f"SELECT * FROM bellwork.{view}"))  # noqa: S608 - the views stand above


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("role", ["bellwork_worker", "bellwork_ops"])
def test_nobody_of_ours_truncates_or_drops(undone: Connection, role: str, table: str) -> None:
    """Jobs leave one by one, each into its history."""
    become(undone, role)
    for kind in ("truncate", "drop"):
        with callers.refused(undone, "42501"):
            undone.execute(text(deed(kind, table)))


def test_operators_read_everything_and_make_no_worker(undone: Connection) -> None:
    """They pause queues and move jobs; a worker's row of life and an actor's are not theirs."""
    become(undone, "bellwork_ops")
    for table in TABLES:
        undone.execute(text(deed("read", table)))
    for table in ("workers", "actors"):
        for kind in ("insert", "update", "delete"):
            with callers.refused(undone, "42501"):
                undone.execute(text(deed(kind, table)))


def test_a_function_with_its_owners_rights_names_its_own_search_path(undone: Connection) -> None:
    """PostgreSQL's own first, the caller's temporary tables last; and no function of ours is for everybody."""
    functions = undone.execute(_SAFE).all()
    paths = {function.config[0] for function in functions if function.definer}

    assert {"search_path=pg_catalog, bellwork, pg_temp"} == paths
    assert 3 == sum(function.definer for function in functions)
    assert [] == [function.function for function in functions if function.public]


def test_nobody_of_ours_may_create_in_the_schema(undone: Connection) -> None:
    """Nothing can be put beside the functions for them to trip over."""
    asked = "SELECT has_schema_privilege(:role, 'bellwork', 'CREATE')"
    for role in ("bellwork_api", "bellwork_worker", "bellwork_ops", "public"):
        assert not undone.execute(text(asked), {"role": role}).scalar_one(), role
