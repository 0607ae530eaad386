"""All that hung on the plain table hangs on the partitioned one, as a fresh migration and its team had it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text

from bellwork.db import migrate
from bellwork.db.content.tables import metadata
from bellwork.db.engine import engine, forget, transaction
from bellwork.db.partitions.convert import convert
from tests.db.catalog import definitions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bellwork.db.vocabulary import PartitionedTable

_PARENT, _OLD = text("SELECT 'public.audit_logs'::regclass::oid"), text("SELECT to_regclass(:name)::oid")
_NEW_ROW = text("INSERT INTO public.audit_logs (action) VALUES ('new') RETURNING user_agent")
_TRIGGER = """
CREATE FUNCTION public.sign() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN NEW.user_agent := 'signed'; RETURN NEW; END $$;
CREATE TRIGGER sign BEFORE INSERT ON public.audit_logs FOR EACH ROW EXECUTE FUNCTION public.sign();
CREATE TRIGGER never BEFORE INSERT ON public.audit_logs FOR EACH ROW WHEN (false) EXECUTE FUNCTION public.sign();
ALTER TABLE public.audit_logs DISABLE TRIGGER never
"""


@pytest.fixture
def auditor(plain: PartitionedTable) -> Iterator[str]:
    """A role of the server that may read some of the table, and one column more."""
    del plain
    name = "team_auditor"
    _run(f"CREATE ROLE {name}; GRANT SELECT, INSERT ON public.audit_logs TO {name} WITH GRANT OPTION")
    _run(f"GRANT UPDATE (user_agent) ON public.audit_logs TO {name}; GRANT SELECT ON public.audit_logs TO PUBLIC")
    yield name
    _run(f"DROP OWNED BY {name}; DROP ROLE {name}")


def test_a_converted_table_is_defined_as_a_fresh_one(plain: PartitionedTable, monkeypatch: pytest.MonkeyPatch) -> None:
    """Columns, defaults, constraints, foreign keys and indexes: the same lines as the models make."""
    convert(plain)
    with transaction() as conn:
        converted = _of_the_trail(definitions(conn, "public"))
    engine().dispose()
    monkeypatch.delenv("SCHEMAS")
    forget()
    _run("CREATE SCHEMA content")
    with transaction() as conn:
        ours = [table for table in metadata.tables.values() if table.schema == "content"]
        metadata.create_all(conn, tables=ours)
        fresh = _of_the_trail(definitions(conn, "content"))

    assert len(fresh) == 17
    assert fresh == converted


def test_the_sequence_belongs_to_the_partitioned_table(plain: PartitionedTable) -> None:
    """Dropped with it, and not with its oldest partition."""
    convert(plain)

    assert ["audit_logs.id"] == _all(
        "SELECT refobjid::regclass || '.' || attname FROM pg_depend JOIN pg_attribute ON attrelid = refobjid"
        " AND attnum = refobjsubid WHERE objid = 'public.audit_logs_id_seq'::regclass AND deptype = 'a'"
    )


def test_its_rights_are_the_same(plain: PartitionedTable, auditor: str) -> None:
    """Of tables and of columns, to roles and to everybody, with and without the right to pass them on; and no other."""
    _run(f"ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT DELETE ON TABLES TO {auditor}")
    before = _rights()
    convert(plain)

    assert len(before) == 4
    assert before == _rights()


def test_its_triggers_fire_once_and_those_that_were_off_stay_off(plain: PartitionedTable) -> None:
    """A row trigger signs what is inserted, in old and new partitions; a disabled one is disabled."""
    _run(_TRIGGER)
    convert(plain)
    with transaction() as conn:
        signed = conn.execute(_NEW_ROW).scalar_one()
    triggers = _all(
        "SELECT tgname || tgenabled::text FROM pg_trigger WHERE tgrelid = 'public.audit_logs'::regclass"
        " AND NOT tgisinternal ORDER BY tgname"
    )

    assert signed == "signed"
    assert ["neverD", "signO"] == triggers


def test_its_views_read_old_and_new_rows(plain: PartitionedTable) -> None:
    """A view with options, and a view of that view, see what is written afterwards."""
    _run("CREATE VIEW public.actions WITH (security_barrier) AS SELECT id, action AS what FROM public.audit_logs")
    _run("CREATE VIEW public.counted AS SELECT what, count(*) AS times FROM public.actions GROUP BY what")
    convert(plain)
    with transaction() as conn:
        conn.execute(
            text("INSERT INTO public.audit_logs (action, created_at) SELECT 'new', now() + interval '63 days'")
        )

    assert ["new 1", "view 2000", "view_student_data 1"] == _all(
        "SELECT what || ' ' || times FROM public.counted ORDER BY what"
    )
    assert ["{security_barrier=true}"] == _all("SELECT reloptions::text FROM pg_class WHERE relname = 'actions'")


def test_its_comments_and_its_own_columns_are_kept(plain: PartitionedTable) -> None:
    """A team's comments, CHECK, generated column and index of its own are on the partitioned table."""
    _run("COMMENT ON TABLE public.audit_logs IS 'the team''s'; COMMENT ON COLUMN public.audit_logs.action IS 'what'")
    _run("ALTER TABLE public.audit_logs ADD COLUMN verb text GENERATED ALWAYS AS (upper(action)) STORED")
    _run("ALTER TABLE public.audit_logs ADD CONSTRAINT spoken CHECK (action <> '')")
    _run("CREATE INDEX of_verbs ON public.audit_logs (verb) INCLUDE (id) WHERE verb <> 'VIEW'")
    convert(plain)
    with transaction() as conn:
        kept = sorted(definitions(conn, "public"))

    assert ["the team's", "what"] == _all(
        "SELECT description FROM pg_description WHERE objoid = 'public.audit_logs'::regclass ORDER BY objsubid"
    )
    assert "column audit_logs.verb text upper((action)::text)" in kept
    assert "constraint audit_logs.spoken CHECK (((action)::text <> ''::text))" in kept
    assert (
        "index CREATE INDEX of_verbs ON audit_logs USING btree (verb) INCLUDE (id) WHERE (verb <> 'VIEW'::text)" in kept
    )


def test_what_a_migration_added_can_still_be_taken_away(team: str) -> None:
    """An index that the adoption gave is marked as ours on the partitioned table alone: the way down finds it."""
    del team
    _run("DROP INDEX public.idx_audit_logs_resource")
    migrate.upgrade()
    convert(_declared())
    migrate.downgrade("base")

    assert ["p"] == _all("SELECT relkind::text FROM pg_class WHERE oid = 'public.audit_logs'::regclass")
    assert [] == _all("SELECT relname FROM pg_class WHERE relname LIKE '%idx_audit_logs_resource'")


def _declared() -> PartitionedTable:
    from bellwork.db.partitions.declared import declared  # noqa: PLC0415 - only here, where nothing is adopted yet

    return declared("content.audit_logs")


def _of_the_trail(lines: set[str]) -> set[str]:
    return {line for line in lines if "audit_logs" in line}


def _rights() -> list[str]:
    return _all(
        "SELECT grantee || ' ' || privilege_type || ' ' || is_grantable FROM information_schema.role_table_grants"
        " WHERE table_name = 'audit_logs' AND table_schema = 'public' AND grantee IN ('team_auditor', 'PUBLIC')"
        " UNION ALL SELECT grantee || ' ' || column_name || ' ' || privilege_type"
        " FROM information_schema.role_column_grants WHERE table_name = 'audit_logs' AND privilege_type = 'UPDATE'"
        " AND grantee = 'team_auditor' ORDER BY 1"
    )


def _run(statements: str) -> None:
    with transaction() as conn:
        conn.exec_driver_sql(statements)


def _all(question: str) -> list[Any]:
    with transaction() as conn:
        return list(conn.execute(text(question)).scalars())
