"""Least rights: callers have their functions and nothing else; the functions cannot be used to get more."""

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
    "bellwork.enqueue_job('t.x')",
    """bellwork.try_enqueue('{"[{\\"actor\\": \\"t.x\\"}]"}')""",
    "bellwork.enqueue_plain('t.x', '{}', NULL, NULL)",
    "bellwork.get_job(1)",
    "bellwork.job_eta(1)",
    "bellwork.cancel(1)",
    """bellwork.emit('course.published', '{"course_id": 1}')""",
]
INNER = {
    "bellwork.insert_jobs('[]')": {"bellwork_worker", "bellwork_ops"},
    "bellwork.insert_told('[]', 'somebody')": {"bellwork_worker", "bellwork_ops"},
    "bellwork.cancel_any(1, '')": {"bellwork_worker", "bellwork_ops"},
    "bellwork.finish(1, 1, 1)": {"bellwork_worker"},
    "bellwork.reckon_eta(1, NULL)": {"bellwork_worker", "bellwork_ops"},
    "bellwork.refusal('[]')": set(),
    "bellwork.on_own_queues('{}')": set(),
}
TABLES = ["jobs", "finished_jobs", "workers", "actors", "queues"]
#: What is attempted on a table, whatever its columns.
DEEDS = {
    "read": "SELECT count(*) FROM bellwork.{table}",
    "insert": "INSERT INTO bellwork.{table} DEFAULT VALUES",
    "update": "UPDATE bellwork.{table} SET {column} = {column}",
    "delete": "DELETE FROM bellwork.{table}",
}
_COLUMN = {"jobs": "priority", "actors": "name", "queues": "name"}
_SAFE = text("""
SELECT p.oid::regprocedure::text AS function, p.proname AS name, p.pronamespace::regnamespace::text AS schema,
       p.prosecdef AS definer, p.proconfig AS config,
       p.prorettype <> 'trigger'::regtype AND has_function_privilege('public', p.oid, 'EXECUTE') AS public
FROM pg_proc p WHERE p.pronamespace = 'bellwork'::regnamespace
   OR prosecdef AND pronamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
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
    callers.register(undone)
    become(undone, role)
    for function in FUNCTIONS:
        undone.execute(text(f"SELECT {function}"))
    with callers.refused(undone, "22023", "actor is NULL"):
        undone.execute(text("SELECT bellwork.enqueue(NULL)"))


@pytest.mark.parametrize("function", [*FUNCTIONS, *INNER])
def test_a_stranger_may_call_nothing(undone: Connection, function: str) -> None:
    """PostgreSQL lets everybody call a new function; these it does not."""
    become(undone, "a stranger")
    with callers.refused(undone, "42501"):
        undone.execute(text(f"SELECT {function}"))


@pytest.mark.parametrize(("function", "allowed"), INNER.items())
@pytest.mark.parametrize("role", ["bellwork_api", "bellwork_worker", "bellwork_ops"])
def test_what_the_functions_call_is_for_those_they_call_it_for(
    undone: Connection, role: str, function: str, allowed: set[str]
) -> None:
    """A restricted caller reaches nothing that would not ask what he may."""
    become(undone, role)
    if role in allowed:
        undone.execute(text(f"SELECT {function}"))
        return
    with callers.refused(undone, "42501"):
        undone.execute(text(f"SELECT {function}"))


def test_an_api_layer_reads_depths_and_its_own_jobs(undone: Connection) -> None:
    """The history, with everybody's arguments, is for operators."""
    become(undone, "bellwork_api")
    for view in ("queue_depth", "own_jobs"):
        undone.execute(text(f"SELECT * FROM bellwork.{view}"))  # noqa: S608 - the views stand above
    with callers.refused(undone, "42501"):
        undone.execute(text("SELECT * FROM bellwork.job_history"))


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
    """PostgreSQL's own first, the caller's temporary tables last; and no function of ours is for all."""
    functions = undone.execute(_SAFE).all()
    paths = {function.config[0] for function in functions if function.definer}
    definers = {function.name for function in functions if function.definer and function.schema == "bellwork"}

    assert {"search_path=pg_catalog, bellwork, pg_temp", "search_path=pg_catalog, pg_temp"} == paths
    assert {
        *("enqueue_as_caller", "cancel_any", "cancel_own", "hold_waiting", "rename_jobs", "retry_jobs"),
        *("decide_ticks", "name_tick_jobs", "notify_schedulers", "settle_tick", "try_as_caller", "unsubscribe"),
        *("emit", "eta_as_caller", "lock_jobs", "reprioritise_jobs", "resume_put_off"),
        *("erasure_hash", "erase_jobs", "erase_history", "erase_mentions", "erase_letters"),
        *("mark_erased", "lift_erasure", "end_erased_job", "suppress_erased_letter"),
    } == definers
    assert [] == [function.function for function in functions if function.public]


def test_nobody_of_ours_may_create_in_the_schema(undone: Connection) -> None:
    """Nothing can be put beside the functions for them to trip over."""
    asked = "SELECT has_schema_privilege(:role, 'bellwork', 'CREATE')"
    for role in ("bellwork_api", "bellwork_worker", "bellwork_ops", "public"):
        assert not undone.execute(text(asked), {"role": role}).scalar_one(), role
