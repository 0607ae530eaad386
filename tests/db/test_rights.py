"""Each role has what it needs in the database and nothing else: every table, view and function is a decision."""

from __future__ import annotations

from contextlib import nullcontext, suppress
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from bellwork.db import grants, migrate, systems
from bellwork.db.engine import forget, transaction
from bellwork.db.rights import FUNCTIONS, ROLES, functions, of_ledger, rights
from tests.conftest import _fresh
from tests.db.ledger import callers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

    from bellwork.ops.embedded import Stack

_RELATIONS = """
SELECT relname FROM pg_class
WHERE relnamespace = to_regnamespace(:schema) AND relkind IN ('r', 'p', 'v', 'm') AND NOT relispartition
"""
_HELD = """
SELECT role, n.nspname, relname, privilege, held."column"
FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
CROSS JOIN unnest(CAST(:roles AS text[])) AS role
CROSS JOIN unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER']) AS privilege
CROSS JOIN LATERAL (
    SELECT NULL::text AS "column" WHERE has_table_privilege(role, c.oid, privilege)
    UNION ALL
    SELECT attname FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped
        AND privilege IN ('SELECT', 'INSERT', 'UPDATE', 'REFERENCES')
        AND NOT has_table_privilege(role, c.oid, privilege)
        AND has_column_privilege(role, c.oid, attname, privilege)) held
WHERE n.nspname = ANY(:schemas) AND relkind IN ('r', 'p', 'v', 'm')
"""
_CALLABLE = """
SELECT role, n.nspname, proname FROM pg_proc JOIN pg_namespace n ON n.oid = pronamespace
CROSS JOIN unnest(CAST(:roles AS text[])) AS role
WHERE (nspname = 'bellwork' OR prosecdef AND prorettype <> 'trigger'::regtype AND nspname = ANY(:systems))
  AND has_schema_privilege(role, n.oid, 'USAGE') AND has_function_privilege(role, pg_proc.oid, 'EXECUTE')
"""


@pytest.fixture(scope="module")
def once(stack: Stack, template: str) -> Iterator[str]:
    """A migrated database for the module."""
    yield from _fresh(stack, template)


class _Undo(Exception):  # noqa: N818 - an order, not an error
    """Roll back."""


@pytest.fixture
def undone(once: str) -> Iterator[Connection]:
    """A transaction that is rolled back."""
    del once
    with suppress(_Undo), transaction() as conn:
        yield conn
        raise _Undo


def held(conn: Connection, *schemas: str) -> set[tuple[str, ...]]:
    """List what our roles hold on the tables and views of these schemas, partitions included."""
    found = conn.execute(text(_HELD), {"roles": list(ROLES), "schemas": list(schemas)})
    return {tuple(row) for row in found}


def test_every_table_and_function_of_the_ledger_has_its_line(undone: Connection) -> None:
    """Whoever adds one decides who may use it."""
    tables = set(undone.execute(text(_RELATIONS), {"schema": "bellwork"}).scalars())
    functions = set(
        undone.execute(text("SELECT proname FROM pg_proc WHERE pronamespace = 'bellwork'::regnamespace")).scalars()
    )

    assert set(of_ledger()) == tables
    assert set(FUNCTIONS) == functions


def test_each_role_holds_what_is_written_and_nothing_else(undone: Connection) -> None:
    """On each table, view and column of the ledger and of every system; on no partition by itself."""
    written = {tuple(right) for right in rights()}

    assert written == held(undone, "bellwork", *systems.schemas().values())


def test_each_role_may_call_what_is_written_and_nothing_else(undone: Connection) -> None:
    """An API layer nothing that would not ask what it may; of a system's functions with its owner's rights the same."""
    found = undone.execute(text(_CALLABLE), {"roles": list(ROLES), "systems": list(systems.schemas().values())})

    assert set(functions()) == {tuple(row) for row in found}


def test_an_api_layer_notes_a_change_and_a_stranger_does_not(undone: Connection) -> None:
    """The function writes with its owner's rights: who calls it may write nothing there himself."""
    undone.execute(text("CREATE ROLE stranger"))
    undone.execute(text("GRANT USAGE ON SCHEMA tutoring, bellwork TO stranger"))
    for role, code in (
        ("bellwork_api", None),
        ("bellwork_worker", None),
        ("bellwork_ops", "42501"),
        ("stranger", "42501"),
    ):
        undone.execute(text(f"SET LOCAL ROLE {role}"))
        with callers.refused(undone, code) if code else nullcontext():
            undone.execute(text("SELECT tutoring.note_change('tutor_1', now())"))
        undone.execute(text("RESET ROLE"))
    noted = undone.execute(text("SELECT count(*) FROM tutoring.changes")).scalar_one()

    assert noted == 2


@pytest.mark.parametrize("role", ROLES)
def test_each_role_is_refused_what_it_may_not_do(undone: Connection, role: str) -> None:
    """Every deed on every table and function of the ledger that is not written above is tried, and what is no table."""
    undone.execute(text(_TRY))
    granted = {(right.table, right.privilege) for right in rights() if (right.role, right.schema) == (role, "bellwork")}
    columns = undone.execute(text(_FORBIDDEN_COLUMNS), {"role": role}).all()
    calls = undone.execute(text(_CALLS), {"role": role}).scalars().all()
    deeds = [
        deed.format(table)
        for table, kind in undone.execute(text(_KINDS)).all()
        for privilege, deed in (_ON_TABLES if kind != "v" else {"SELECT": _ON_TABLES["SELECT"]}).items()
        if not granted & {(table, each) for each in _GIVEN_BY.get(privilege, (privilege,))}
    ]
    deeds += [f'UPDATE bellwork.{table} SET "{column}" = NULL' for table, column in columns]  # noqa: S608 - ours
    deeds += [f"SELECT {call}" for call in calls]
    deeds += [deed.format(*[other for other in ROLES if other != role]) for deed in _BEYOND]
    undone.execute(text(f"SET LOCAL ROLE {role}"))
    found = undone.execute(text("SELECT * FROM pg_temp.try_all(CAST(:deeds AS text[]))"), {"deeds": deeds}).all()

    assert len(found) == len(deeds) > 60
    assert [] == [row for row in found if row.code != "42501"]


#: Who may write a table may lock it.
_GIVEN_BY = {"LOCK": ("UPDATE", "DELETE")}
#: A deed on a table, whatever its columns, for each privilege; what takes the owner stands under a privilege of none.
_ON_TABLES = {
    "SELECT": "SELECT count(*) FROM bellwork.{0} AS t WHERE t IS NULL",
    "INSERT": "INSERT INTO bellwork.{0} DEFAULT VALUES",
    "DELETE": "DELETE FROM bellwork.{0}",
    "TRUNCATE": "TRUNCATE bellwork.{0}",
    "LOCK": "LOCK TABLE bellwork.{0} IN ACCESS EXCLUSIVE MODE",
    "ALTER": "ALTER TABLE bellwork.{0} ADD COLUMN mine int",
    "DROP": "DROP TABLE bellwork.{0}",
    "TRIGGER": "CREATE TRIGGER mine AFTER INSERT ON bellwork.{0} EXECUTE FUNCTION bellwork.keep_acts()",
}
_BEYOND = (
    "CREATE TABLE bellwork.mine (id int)",
    "CREATE FUNCTION bellwork.enqueue(int) RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "CREATE OR REPLACE FUNCTION bellwork.get_job(bigint) RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "ALTER FUNCTION bellwork.eta_as_caller(bigint) RESET search_path",
    "DROP SCHEMA bellwork CASCADE",
    "CREATE SCHEMA mine",
    "CREATE ROLE mine",
    "GRANT {0} TO {1}",
    "ALTER ROLE {0} LOGIN",
    "SELECT pg_read_file('PG_VERSION')",
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename IS NULL OR usename = session_user",
    "COPY (SELECT 1) TO PROGRAM 'true'",
    "UPDATE pg_catalog.pg_proc SET prosecdef = false",
)
# What succeeds is undone, so that the next one finds what was there.
_TRY = """
CREATE FUNCTION pg_temp.try_all(deeds text[]) RETURNS TABLE (deed text, code text) LANGUAGE plpgsql AS $$
BEGIN
    FOREACH deed IN ARRAY deeds LOOP
        BEGIN
            EXECUTE deed;
            RAISE EXCEPTION USING ERRCODE = 'TT000';
        EXCEPTION WHEN OTHERS THEN
            code := SQLSTATE;
            RETURN NEXT;
        END;
    END LOOP;
END $$
"""
_KINDS = """
SELECT relname, relkind::text FROM pg_class
WHERE relnamespace = 'bellwork'::regnamespace AND relkind IN ('r', 'p', 'v') AND NOT relispartition
"""
_FORBIDDEN_COLUMNS = """
SELECT DISTINCT ON (c.oid) relname, attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
WHERE relnamespace = 'bellwork'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition AND attnum > 0
    AND NOT attisdropped AND attidentity = '' AND attgenerated = ''
    AND NOT has_column_privilege(:role, c.oid, attname, 'UPDATE')
ORDER BY c.oid, attnum
"""
_CALLS = """
SELECT format('bellwork.%I(%s)', proname, (
    SELECT string_agg('NULL::' || format_type(kind, NULL), ', ' ORDER BY place)
    FROM unnest(proargtypes) WITH ORDINALITY AS a(kind, place)))
FROM pg_proc WHERE pronamespace = 'bellwork'::regnamespace AND prorettype <> 'trigger'::regtype
    AND NOT has_function_privilege(:role, oid, 'EXECUTE')
"""


def test_nobody_reads_what_opens_an_account_but_workers(undone: Connection) -> None:
    """Operators read the people's table without the columns that its model calls secret."""
    secret = {("bellwork_ops", "content", "users", "SELECT", name) for name in ("password_hash", "reset_token")}

    assert not secret & held(undone, "content")
    assert ("bellwork_ops", "content", "users", "SELECT", "id") in held(undone, "content")


@pytest.mark.parametrize("role", ["bellwork_worker", "bellwork_ops"])
@pytest.mark.parametrize(
    "deed",
    [
        "UPDATE bellwork.operator_acts SET who = 'nobody'",
        "DELETE FROM bellwork.operator_acts",
        "TRUNCATE bellwork.operator_acts",
        "DELETE FROM bellwork.entry_changes",
        "UPDATE bellwork.alembic_version SET version_num = '0001'",
    ],
)
def test_what_was_done_is_not_rewritten(undone: Connection, role: str, deed: str) -> None:
    """Neither by those who did it nor by those who work."""
    undone.execute(text(f"SET LOCAL ROLE {role}"))
    with pytest.raises(Exception, match="permission denied"):
        undone.execute(text(deed))


@pytest.mark.parametrize(
    "deed",
    [
        "UPDATE bellwork.ticks SET outcome = 'enqueued'",
        "INSERT INTO bellwork.ticks (entry, tick, outcome, decided_by) VALUES ('t.a', now(), 'enqueued', 'nobody')",
        "UPDATE bellwork.entries SET actor = 't.another'",
        "INSERT INTO bellwork.entries SELECT * FROM bellwork.entries",
        "UPDATE bellwork.declarations SET in_force = true",
    ],
)
def test_operators_write_neither_ticks_nor_what_code_declares(undone: Connection, deed: str) -> None:
    """They pause, skip, run and set: the functions write no tick but those that are still to be decided."""
    undone.execute(text("SET LOCAL ROLE bellwork_ops"))
    with pytest.raises(Exception, match="permission denied"):
        undone.execute(text(deed))


@pytest.mark.parametrize("deed", ["UPDATE {} SET who = 'nobody'", "DELETE FROM {}", "TRUNCATE {}"])
def test_the_owner_rewrites_no_act_either(undone: Connection, deed: str) -> None:
    """Only an act that is two years old may be deleted."""
    undone.execute(text(_ACT), {"days": 800})
    undone.execute(text("DELETE FROM bellwork.operator_acts"))
    undone.execute(text(_ACT), {"days": 700})
    with pytest.raises(Exception, match="an act is never changed"):
        undone.execute(text(deed.format("bellwork.operator_acts")))


_ACT = """
INSERT INTO bellwork.operator_acts (at, who, what, subject, why)
VALUES (now() - make_interval(days => :days), 'olga', 'queue pause', 'queue default', 'because')
"""


@pytest.mark.usefixtures("empty_database")
def test_an_adopted_schema_s_other_tables_are_nobody_s_business(monkeypatch: pytest.MonkeyPatch) -> None:
    """Grants are by name on the system's own tables, with their sequences: a team's table beside them stays closed."""
    monkeypatch.setenv("SCHEMAS", "content=public")
    forget()
    with transaction() as conn:
        conn.execute(text("CREATE TABLE salaries (id serial PRIMARY KEY, amount int)"))
    migrate.upgrade()
    with transaction() as conn:
        tables = {table for _, _, table, *_ in held(conn, "public")}
        conn.execute(text("SET LOCAL ROLE bellwork_worker"))
        conn.execute(text("INSERT INTO audit_logs (action) VALUES ('worked')"))
        conn.execute(text("RESET ROLE"))

    assert {right.table for right in rights() if right.schema == "public"} == tables
    assert "salaries" not in tables


@pytest.mark.usefixtures("empty_database")
def test_a_migration_gives_what_is_missing() -> None:
    """What a later table or a role of later lacks is named, and given by the next `bellwork migrate`."""
    migrate.upgrade()
    with transaction() as conn:
        conn.execute(text("REVOKE ALL ON bellwork.jobs, content.topics FROM bellwork_ops"))
        conn.execute(text("REVOKE ALL ON FUNCTION bellwork.retry_jobs FROM bellwork_ops"))
        missing = grants.missing_grants(conn)
    migrate.upgrade()
    with transaction() as conn:
        after = grants.missing_grants(conn)

    assert [
        "GRANT EXECUTE ON FUNCTION bellwork.retry_jobs(bigint[]) TO bellwork_ops",
        "GRANT INSERT, SELECT ON bellwork.jobs TO bellwork_ops",
        "GRANT SELECT ON content.topics TO bellwork_ops",
    ] == missing
    assert [] == after


def test_an_owner_who_may_make_no_roles_grants_to_those_that_are_there(undone: Connection) -> None:
    """He makes none, is refused nothing, and leaves what is not his; what is left is named."""
    undone.execute(text("CREATE ROLE owner_of_little; ALTER TABLE bellwork.queues OWNER TO owner_of_little"))
    undone.execute(text("GRANT USAGE ON SCHEMA bellwork TO owner_of_little"))
    undone.execute(text("REVOKE ALL ON bellwork.queues, bellwork.actors FROM bellwork_ops"))
    undone.execute(text("SET LOCAL ROLE owner_of_little"))
    grants.grant(undone)

    assert ["GRANT SELECT ON bellwork.actors TO bellwork_ops"] == grants.missing_grants(undone)
