"""What a caller has set for its session cannot turn the SQL functions to its ends, hang them, or halve their work."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from bellwork.db.engine import engine, psycopg_of, transaction
from tests.db.ledger import callers, ledger_jobs

if TYPE_CHECKING:
    from sqlalchemy import Connection

#: Everything that the functions say without naming its schema, captured; and a table that shadows theirs.
TRAPS = b"""
CREATE SCHEMA evil;
CREATE FUNCTION evil.trap() RETURNS text LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''captured''; END';
CREATE FUNCTION evil.jsonb_typeof(jsonb) RETURNS text LANGUAGE sql AS 'SELECT evil.trap()';
CREATE FUNCTION evil.now() RETURNS timestamptz LANGUAGE sql AS 'SELECT evil.trap()::timestamptz';
CREATE FUNCTION evil.left(text, integer) RETURNS text LANGUAGE sql AS 'SELECT evil.trap()';
CREATE FUNCTION evil.same(text, text) RETURNS boolean LANGUAGE sql AS 'SELECT evil.trap()::boolean';
CREATE OPERATOR evil.= (LEFTARG = text, RIGHTARG = text, FUNCTION = evil.same);
CREATE TABLE evil.jobs (LIKE bellwork.jobs);
CREATE TEMP TABLE jobs (LIKE bellwork.jobs) ON COMMIT DROP;
CREATE TEMP TABLE actors (LIKE bellwork.actors) ON COMMIT DROP;
GRANT USAGE ON SCHEMA evil TO bellwork_api;
SET LOCAL ROLE bellwork_api;
SET LOCAL search_path = evil, pg_temp, pg_catalog;
"""
WELCOME = b"""
CREATE TABLE pupils (name text);
CREATE FUNCTION welcome() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM bellwork.enqueue('t.welcome', jsonb_build_object('name', NEW.name), unique_key => NEW.name);
    RETURN NULL;
END $$;
CREATE TRIGGER welcome AFTER INSERT ON pupils FOR EACH ROW EXECUTE FUNCTION welcome();
INSERT INTO pupils SELECT 'pupil ' || n FROM generate_series(1, 2000) n;
"""
CALLS = {
    "enqueue": "SELECT bellwork.enqueue('t.x')",
    "enqueue_many": """SELECT bellwork.enqueue_many('[{"actor": "t.x"}]')""",
    "cancel": "SELECT bellwork.cancel(1, 'no use')",
}


def test_a_hostile_search_path_captures_nothing(undone: Connection) -> None:
    """With every name shadowed by the caller the functions still mean PostgreSQL's and the ledger's own."""
    callers.register(undone)
    psycopg_of(undone).execute(TRAPS)
    with callers.refused(undone, "P0001", "captured"):
        undone.execute(text("SELECT now()"))
    job = undone.execute(text(CALLS["enqueue"])).scalar_one()
    inserted = undone.execute(text(CALLS["enqueue_many"])).scalar_one()
    cancelled = callers.cancel(undone, job)
    undone.execute(text("RESET role"))
    shadowed = undone.execute(text("SELECT (SELECT count(*) FROM evil.jobs) + (SELECT count(*) FROM pg_temp.jobs)"))

    assert (1, True, 1, 0) == (inserted, cancelled, callers.waiting(undone), shadowed.scalar_one())


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_in_a_read_only_transaction_nothing_is_promised(undone: Connection, call: str) -> None:
    """A standby and a server that was made read-only answer the same: 25006, and never an id."""
    callers.enqueue(undone)
    with callers.refused(undone, "25006"):
        undone.execute(text("SET TRANSACTION READ ONLY"))
        undone.execute(text(call))

    assert 1 == callers.waiting(undone)


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_in_an_aborted_transaction_nothing_is_promised(undone: Connection, call: str) -> None:
    """After an error that the caller swallowed there is no id that would vanish later."""
    with callers.refused(undone, "25P02"):
        with pytest.raises(Exception, match="division by zero"):
            undone.execute(text("SELECT 1 / 0"))
        undone.execute(text(call))

    assert 0 == callers.waiting(undone)


def test_a_savepoint_that_is_rolled_back_takes_its_jobs_along(undone: Connection) -> None:
    """What was enqueued before it stays, what was enqueued inside never was."""
    kept = callers.enqueue(undone, key="a")
    inside = undone.begin_nested()
    callers.enqueue(undone, key="b")
    inside.rollback()
    again = callers.enqueue(undone, key="b")

    assert 2 == callers.waiting(undone)
    assert kept < again


def test_a_statement_timeout_leaves_nothing(undone: Connection) -> None:
    """5,000 jobs in a millisecond are none, and 57014."""
    with callers.refused(undone, "57014"):
        undone.execute(text("SET LOCAL statement_timeout = '1ms'"))
        callers.enqueue_many(undone, [{"actor": "t.x"}] * 5_000)

    assert 0 == callers.waiting(undone)


@pytest.mark.usefixtures("database")
def test_a_lock_timeout_ends_the_wait_for_a_key_that_is_being_taken() -> None:
    """Whoever does not want to wait for the other's commit gets 55P03; later the id of the other's job."""
    with engine().connect() as other, transaction() as conn:
        theirs = callers.enqueue(other, key="k")
        with callers.refused(conn, "55P03"):
            conn.execute(text("SET LOCAL lock_timeout = '20ms'"))
            callers.enqueue(conn, key="k")
        other.commit()
        ours = callers.enqueue(conn, key="k")

    assert (theirs, 1) == (ours, ledger_jobs.count())


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("level", ["REPEATABLE READ", "SERIALIZABLE"])
def test_an_old_snapshot_neither_hangs_nor_doubles(level: str) -> None:
    """A key taken after the snapshot is 40001 (try again); one freed after it is free."""
    [freed] = ledger_jobs.put()
    with transaction() as conn:
        conn.execute(text("UPDATE bellwork.jobs SET unique_key = 'freed'"))
    with engine().connect() as conn:
        conn.execute(text(f"SET TRANSACTION ISOLATION LEVEL {level}"))
        callers.waiting(conn)
        with ThreadPoolExecutor(1) as elsewhere:
            elsewhere.submit(_take_and_free, freed).result(timeout=30)
        job = callers.enqueue(conn, key="freed")
        with callers.refused(conn, "40001"):
            callers.enqueue(conn, key="taken")
        conn.commit()

    assert {freed: "cancelled", job: "available", job - 1: "available"} == ledger_jobs.states()


def test_a_trigger_enqueues_a_job_for_each_row_or_none_at_all(undone: Connection) -> None:
    """2,000 rows are 2,000 jobs; where one of them makes a bad job, the caller's own statement is undone with it."""
    psycopg_of(undone).execute(WELCOME)
    with callers.refused(undone, "23514"):
        undone.execute(text("INSERT INTO pupils VALUES ('one'), (repeat('x', 201))"))

    assert 2_000 == callers.waiting(undone)
    assert 2_000 == undone.execute(text("SELECT count(*) FROM pupils")).scalar_one()


def _take_and_free(job: int) -> None:
    with transaction() as conn:
        callers.enqueue(conn, key="taken")
        callers.cancel(conn, job)
