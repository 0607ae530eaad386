"""What no partitioned table can have, or what would stay behind, is said before anything is changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from bellwork.db.engine import transaction
from bellwork.db.partitions.convert import NotConvertibleError, convert, examine

if TYPE_CHECKING:
    from bellwork.db.vocabulary import PartitionedTable

#: What is done to a table, `…` in it, and the beginning of what is said of it; all of these can be done to one table.
TOGETHER = {
    "ALTER TABLE … ALTER id DROP DEFAULT; ALTER TABLE … ALTER id ADD GENERATED ALWAYS AS IDENTITY": (
        "column id is an identity"
    ),
    "CREATE UNIQUE INDEX twins ON … (id, action)": "index public.twins is unique",
    "ALTER TABLE … ADD CONSTRAINT new CHECK (action <> 'x') NOT VALID": "constraint new is NOT VALID",
    "CREATE TABLE public.notes (about bigint REFERENCES …)": "constraint notes_about_fkey on public.notes refers to it",
    "CREATE FUNCTION public.f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'; CREATE TRIGGER t"
    " AFTER UPDATE ON … REFERENCING NEW TABLE AS n FOR EACH ROW EXECUTE FUNCTION public.f()": (
        "trigger t keeps its rows in a transition table"
    ),
    "ALTER TABLE … ENABLE ROW LEVEL SECURITY": "row level security is on",
    "CREATE PUBLICATION feed FOR TABLE …": "it is in publication feed",
    "CREATE MATERIALIZED VIEW public.m AS TABLE …": "materialized view public.m is made of it",
    "CREATE FUNCTION public.g() RETURNS SETOF … LANGUAGE sql AS 'TABLE …'": "function public.g() is made of it",
    "CREATE TABLE public.audit_logs_before_2099_01 ()": "table public.audit_logs_before_2099_01 has a name",
    "CREATE RULE r AS ON DELETE TO … DO INSTEAD NOTHING": "rule r on table public.audit_logs is made of it",
}
#: Each of these alone.
ALONE = {
    "ALTER TABLE … ALTER created_at TYPE timestamp": "column created_at is timestamp without time zone",
    "ALTER TABLE … DROP CONSTRAINT audit_logs_pkey": "there is no primary key of one column",
    "CREATE TABLE public.heir () INHERITS (…)": "it inherits, or is inherited from",
    "UPDATE … SET created_at = NULL WHERE id = 7": "rows without created_at belong to no partition",
    "UPDATE … SET created_at = '2199-01-01Z' WHERE id = 7": "a row is of 2199-01-01 00:00:00+00",
}
_LEFT = text("""
SELECT relname FROM pg_class WHERE relname LIKE '%_convert_%'
UNION ALL SELECT conname FROM pg_constraint WHERE conname LIKE '%_convert_%'
""")


def test_all_obstacles_are_named_at_once_and_nothing_is_changed(plain: PartitionedTable) -> None:
    """The error lists them with what to do; neither constraint nor index of a conversion is left."""
    _do(*TOGETHER)
    found = examine(plain).obstacles

    assert len(TOGETHER) == len(found)
    assert [] == [said for said in TOGETHER.values() if not any(line.startswith(said) for line in found)]
    _assert_refused(plain)


@pytest.mark.parametrize("made", ALONE)
def test_an_obstacle_is_named_and_nothing_is_changed(plain: PartitionedTable, made: str) -> None:
    """Alone it is the only one that is listed."""
    _do(made)

    assert [ALONE[made]] == [line[: len(ALONE[made])] for line in examine(plain).obstacles]
    _assert_refused(plain)


def _do(*statements: str) -> None:
    with transaction() as conn:
        for statement in statements:
            conn.exec_driver_sql(statement.replace("…", "public.audit_logs"))


def _assert_refused(table: PartitionedTable) -> None:
    with pytest.raises(NotConvertibleError, match="cannot be converted yet"):
        convert(table)
    with transaction() as conn:
        assert [] == conn.execute(_LEFT).all()
