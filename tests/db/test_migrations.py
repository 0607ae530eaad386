"""Migrations go forward and back without a trace, side by side, under any schema name and from anywhere."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from bellwork.db import migrate, revision
from bellwork.db.content.seed import load_samples
from bellwork.db.engine import forget, transaction
from bellwork.db.sql import sql
from tests.db.catalog import definitions

ROOT = Path(__file__).parents[2]
_OBJECTS = text("""
SELECT 'schema ' || nspname FROM pg_namespace WHERE nspname !~ '^pg_'
UNION ALL SELECT 'relation ' || oid::regclass FROM pg_class WHERE oid >= 16384
UNION ALL SELECT 'type ' || oid::regtype FROM pg_type WHERE oid >= 16384
UNION ALL SELECT 'function ' || oid::regprocedure FROM pg_proc WHERE oid >= 16384
""")
_READERS = """
SELECT grantee FROM information_schema.role_table_grants
WHERE table_schema = 'bellwork' AND table_name = 'queue_depth' AND privilege_type = 'SELECT' ORDER BY grantee
"""
_KIND_INDEXES = """
SELECT indisvalid, indnatts FROM pg_index
WHERE indexrelid = 'bellwork.finished_jobs_kind'::regclass
   OR indexrelid IN (SELECT inhrelid FROM pg_inherits WHERE inhparent = 'bellwork.finished_jobs_kind'::regclass)
"""
_LABELS = """
SELECT DISTINCT indisvalid FROM pg_index JOIN pg_class ON oid = indexrelid WHERE relname ~ '(jobs_subject|jobs_tenant)$'
"""
_HISTORY = """
INSERT INTO bellwork.finished_jobs (id, queue, actor, priority, run_at, args, options, attempt, retries, crashes,
    created_at, state, errors)
SELECT row_number() OVER (), queue, actor, 0, now(), '{}', '{}', 1, 0, 0, now(), 'done', '[]'
FROM generate_series(1, 5), (VALUES ('q', 't.a'), ('q', 't.b'), ('r', 't.a')) kind(queue, actor)
"""
_COUNTED = """
INSERT INTO bellwork.actor_figures (queue, actor, unfinished, retries, enqueued_total, done_total, dead_total,
    cancelled_total, failed_total) VALUES ('q', 't.a', 0, 0, 7, 7, 0, 0, 0)
"""
_REGISTER_BEFORE = """
INSERT INTO bellwork.actors AS a (name, queue, priority, lane) VALUES (:name, 'q', 0, 'long')
ON CONFLICT (name) DO UPDATE SET queue = excluded.queue, seen_at = now()
"""
_RUNNING = """
INSERT INTO bellwork.jobs (queue, actor, state, worker_id, claimed_at) VALUES
    ('q', 't.b', 'running', gen_random_uuid(), now())
"""


@pytest.mark.usefixtures("empty_database")
def test_up_and_down_leaves_nothing_behind() -> None:
    """After a way up and the way down the database is what it was, and the way up is open again."""
    with transaction() as conn:
        before = _objects(conn)
    migrate.upgrade()
    with transaction() as conn:
        first = definitions(conn, "content")
    migrate.downgrade("base")
    with transaction() as conn:
        after = _objects(conn)
    migrate.upgrade()
    with transaction() as conn:
        second = definitions(conn, "content")

    assert before == after
    assert first == second


@pytest.mark.usefixtures("empty_database")
def test_jobs_and_rights_outlive_a_change_of_their_rules() -> None:
    """0007 writes the table of jobs anew: what waits and what runs, and who may read the depths, are as they were."""
    migrate.upgrade("0006")
    with transaction() as conn:
        conn.execute(text("SELECT bellwork.enqueue('t.a', '{}', priority => 5, unique_key => 'k')"))
        conn.execute(text(_RUNNING))
    found = [_jobs_and_readers()]
    for change in (migrate.upgrade, migrate.downgrade, migrate.upgrade):
        change("0006" if change is migrate.downgrade else "0007")
        found.append(_jobs_and_readers())
        with pytest.raises(DBAPIError, match=r"1000|priority"), transaction() as conn:
            conn.execute(text("UPDATE bellwork.jobs SET priority = 1001"))

    assert [2] * 4 == [len(jobs) for jobs, _ in found]
    assert [found[0]] * 4 == found


@pytest.mark.usefixtures("empty_database")
def test_a_history_with_rows_is_indexed_beside_its_writers() -> None:
    """0008 indexes each partition that holds rows by itself, what an interrupted try left included, and joins them."""
    migrate.upgrade("0007")
    with transaction() as conn:
        conn.execute(text("SELECT bellwork.cancel(bellwork.enqueue('t.a'))"))
        day = conn.execute(text("SELECT CAST(tableoid AS regclass) FROM bellwork.finished_jobs")).scalar_one()
        conn.execute(text(f"CREATE INDEX {day.partition('.')[2]}_finished_jobs_kind ON {day} (id)"))
        conn.execute(text("UPDATE pg_index SET indisvalid = false WHERE indexrelid::regclass::text ~ '_kind$'"))
    migrate.upgrade("0008")
    with transaction() as conn:
        made = [tuple(row) for row in conn.execute(text(_KIND_INDEXES))]

    assert [(True, 3)] == list(dict.fromkeys(made)), "the table and each partition have one, valid, of three columns"
    assert len(made) == 1 + _partitions()


@pytest.mark.usefixtures("empty_database")
def test_a_history_with_rows_gets_a_column_and_its_index() -> None:
    """0022 adds the column beside its own transaction, whose lock indexing would wait for, for ever."""
    migrate.upgrade("0021")
    with transaction() as conn:
        conn.execute(text("SELECT bellwork.cancel(bellwork.enqueue('t.a'))"))
    migrate.upgrade("0022")
    with transaction() as conn:
        conn.execute(text("SELECT bellwork.cancel(bellwork.enqueue('t.a'))"))
        written = conn.execute(text("SELECT count(*), count(finished_in) FROM bellwork.finished_jobs")).one()

    assert (2, 1) == tuple(written)


@pytest.mark.usefixtures("empty_database")
def test_a_ledger_with_rows_gets_labels() -> None:
    """0026 adds them to both tables, with indexes; the functions, changed in place, are as before on the way back."""
    functions = text("SELECT proname, prosrc FROM pg_proc WHERE pronamespace = 'bellwork'::regnamespace")
    migrate.upgrade("0025")
    with transaction() as conn:
        conn.execute(text("SELECT bellwork.cancel(bellwork.enqueue('t.a')), bellwork.enqueue('t.b')"))
        before = sorted(tuple(row) for row in conn.execute(functions))
    migrate.upgrade("0026")
    with transaction() as conn:
        conn.execute(text(_REGISTER_BEFORE), {"name": "t.a"})
        conn.execute(text("UPDATE bellwork.actors SET subject = '{x}'"))
        conn.execute(text("""SELECT bellwork.enqueue('t.a', '{"x": "y"}')"""))
        labels = conn.execute(text("SELECT subject FROM bellwork.jobs ORDER BY id")).scalars().all()
        valid = conn.execute(text(_LABELS)).scalars().all()
    migrate.downgrade("0025")
    with transaction() as conn:
        after = sorted(tuple(row) for row in conn.execute(functions))

    assert [None, "y"] == labels
    assert [True] == valid
    assert before == after


@pytest.mark.usefixtures("empty_database")
def test_actors_that_are_known_already_are_opened_or_not() -> None:
    """0010 closes ours but for two and leaves a team's open; a worker of the release before may go on registering."""
    migrate.upgrade("0009")
    names = ["content.understand", "content.delete_organization", "upkeep.rotate_partitions", "team.grade"]
    with transaction() as conn:
        conn.execute(text(_REGISTER_BEFORE), [{"name": name} for name in names])
        waiting = conn.execute(text("SELECT bellwork.enqueue('team.grade')")).scalar_one()
    migrate.upgrade("0010")
    with transaction() as conn:
        conn.execute(text(_REGISTER_BEFORE), [{"name": name} for name in [*names, "team.mark"]])
        found: dict[str, str] = dict(conn.execute(text("SELECT name, callers FROM bellwork.actors")).all())
    migrate.downgrade("0009")
    with transaction() as conn:
        cancelled = conn.execute(text("SELECT bellwork.cancel(:job)"), {"job": waiting}).scalar_one()

    internal = dict.fromkeys(names[1:3], "internal")
    assert {"content.understand": "everyone", "team.grade": "everyone", "team.mark": "everyone", **internal} == found
    assert cancelled


@pytest.mark.usefixtures("empty_database")
def test_the_database_knows_its_revision() -> None:
    """None before the first migration, the head after the last, and each step between can be stopped at."""
    assert revision.current() is None
    assert not revision.is_current()

    migrate.upgrade("0001")

    assert revision.current() == "0001"

    migrate.upgrade()

    assert revision.head() == revision.current()
    assert revision.is_current()

    migrate.upgrade("0001")

    assert revision.head() == revision.current(), "an upgrade never goes back"


@pytest.mark.usefixtures("empty_database")
def test_two_processes_may_upgrade_at_once(tmp_path: Path) -> None:
    """Both succeed, whoever is second finds the work done; neither cares in which directory it runs."""
    program = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from bellwork.db.migrate import upgrade; upgrade()"
    both = [
        subprocess.Popen([sys.executable, "-c", program], cwd=tmp_path, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]

    assert [(0, ""), (0, "")] == [(one.wait(timeout=60), one.communicate()[1]) for one in both]
    assert revision.is_current()


@pytest.mark.usefixtures("empty_database")
def test_a_mapped_system_lives_in_its_own_schema(monkeypatch: pytest.MonkeyPatch) -> None:
    """With SCHEMAS=content=vividly_app there is no schema content, and models and statements find the other."""
    monkeypatch.setenv("SCHEMAS", "content=vividly_app")
    forget()
    migrate.upgrade()
    with transaction() as conn:
        load_samples(conn)
        conn.execute(sql("INSERT INTO {content}.audit_logs (action) VALUES ('seeded')"))
        schemas = conn.execute(text("SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_'")).scalars().all()
        partitions = conn.execute(
            text("SELECT count(*) FROM pg_inherits WHERE inhparent = to_regclass(:table)"),
            {"table": "vividly_app.audit_logs"},
        ).scalar_one()

    assert "vividly_app" in schemas
    assert "content" not in schemas
    assert partitions == 4


@pytest.mark.usefixtures("empty_database")
def test_a_schema_that_was_there_stays() -> None:
    """The way down drops the schema content only if the way up made it."""
    with transaction() as conn:
        conn.execute(text("CREATE SCHEMA content"))
    migrate.upgrade()
    migrate.downgrade("base")
    with transaction() as conn:
        assert conn.execute(text("SELECT to_regnamespace('content')")).scalar_one() is not None


@pytest.mark.usefixtures("empty_database")
def test_what_others_built_on_it_is_not_torn_down() -> None:
    """A table that refers to ours stops the way down before anything is lost."""
    migrate.upgrade()
    with transaction() as conn:
        load_samples(conn)
        conn.execute(text("CREATE TABLE notes (author varchar REFERENCES content.users)"))
    with pytest.raises(DBAPIError, match=r"table notes depends on table content\.users"):
        migrate.downgrade("base", "content")
    with transaction() as conn:
        assert conn.execute(text("SELECT count(*) FROM content.users")).scalar_one() == 7


@pytest.mark.usefixtures("empty_database")
def test_migrations_cannot_be_printed() -> None:
    """Asked for SQL instead of a migration, the answer says why there is none."""
    with pytest.raises(CommandError, match="look at what stands in the database"):
        command.upgrade(migrate._config(revision.LEDGER), "head", sql=True)


@pytest.mark.usefixtures("database")
def test_what_this_release_knows_is_what_alembic_would_walk() -> None:
    """Read from the names of files, for a worker's start is not to wait for Alembic."""
    for line in revision.revision_lines():
        steps = list(ScriptDirectory.from_config(migrate._config(line)).walk_revisions())

        assert {step.revision for step in steps} == revision.known(line)
        assert steps[0].revision == revision.head(line)


@pytest.mark.usefixtures("redis_url")
def test_nobody_waits_for_alembic_at_his_start() -> None:
    """Neither a worker nor a scheduler imports it: that takes a fifth of the time that they need for it."""
    loaded = "bellwork.workers.main, bellwork.workers.heartbeat, bellwork.scheduler.__main__"
    program = f"import sys, {loaded}; sys.exit('alembic' in sys.modules)"
    assert 0 == subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=False).returncode


@pytest.mark.usefixtures("empty_database")
def test_an_unknown_revision_is_named() -> None:
    """Nothing happens where the revision does not exist."""
    with pytest.raises(CommandError, match="nonesuch"):
        migrate.upgrade("nonesuch")

    assert revision.current() is None


def _objects(conn: Connection) -> set[str]:
    return set(conn.execute(_OBJECTS).scalars())


def _jobs_and_readers() -> tuple[list[object], list[object]]:
    with transaction() as conn:
        jobs = conn.execute(text("SELECT * FROM bellwork.jobs ORDER BY id")).all()
        conn.execute(text("SELECT * FROM bellwork.queue_depth")).all()
        readers = conn.execute(text(_READERS))
        return list(jobs), list(readers.all())


def _partitions() -> int:
    counted = text("SELECT count(*) FROM pg_inherits WHERE inhparent = 'bellwork.finished_jobs'::regclass")
    with transaction() as conn:
        return int(conn.execute(counted).scalar_one())


@pytest.mark.usefixtures("empty_database")
def test_history_from_before_is_found_by_figures() -> None:
    """Each pair of queue and actor that it holds gets figures, and what is counted already stays."""
    migrate.upgrade("0030")
    with transaction() as conn:
        conn.execute(text(_HISTORY))
        conn.execute(text(_COUNTED))
    migrate.upgrade("0031")
    with transaction() as conn:
        found = conn.execute(text("SELECT queue, actor, done_total FROM bellwork.actor_figures ORDER BY 1, 2")).all()

    assert [("q", "t.a", 7), ("q", "t.b", 0), ("r", "t.a", 0)] == [tuple(row) for row in found]
