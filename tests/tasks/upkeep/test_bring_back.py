"""A dropped month comes back from its archive, row for row; where it cannot have its place, it stands beside it."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from bellwork.db.engine import transaction
from bellwork.db.own import HISTORY
from bellwork.db.partitions import CannotRestoreError, catalog_partitions, release
from bellwork.tasks.providers import storage
from bellwork.tasks.upkeep.archive.bring_back import bring_back
from bellwork.tasks.upkeep.archive.errors import ArchiveError
from bellwork.tasks.upkeep.rotation import rotate
from tests.old_months import (
    AUDIT,
    DAY,
    MONTH,
    archived,
    book,
    exists,
    in_parent,
    old_day,
    old_month,
    rows_of,
    state,
)

pytestmark = pytest.mark.usefixtures("database")

#: Types and values that a format of archives may have no place for.
ODD = [
    ("numeric", "'NaN'"),
    ("numeric", "'-Infinity'"),
    ("numeric", "repeat('9', 1000)::numeric / 7"),
    ("numeric(5,-2)", "12345"),
    ("numeric(3,5)", "0.00123"),
    ("double precision", "'NaN'"),
    ("double precision", "'-0'"),
    ("real", "1e-45"),
    ("timestamptz", "'infinity'"),
    ("timestamptz", "'4713-01-01 00:00:00 BC'"),
    ("timestamptz", "'294276-12-31 23:59:59.999999'"),
    ("timestamptz", "'0001-01-01 00:00:00.000001'"),
    ("timestamp", "'4713-01-01 00:00:00 BC'"),
    ("date", "'-infinity'"),
    ("time", "'24:00'"),
    ("timetz", "'12:00:00.000001+15:59'"),
    ("interval", "'-178000000 years'"),
    ("int4range", "'empty'"),
    ("tstzmultirange", "'{[2019-01-01,2019-02-01),(2020-01-01,]}'"),
    ("text[]", "ARRAY['a,b', NULL, '', '{}']"),
    ("int[][]", "'[0:1][2:3]={{1,2},{3,4}}'"),
    ("pair", "ROW(1, E'\"\\n,')"),
    ("bytea", "decode(repeat('00ff', 1000), 'hex')"),
    ("text", r"E'\\.\r\n\t'"),
    ("bit varying", "B'0101'"),
    ("jsonb", "'1e400'"),
    ("inet", "'::ffff:1.2.3.4/96'"),
    ("point", "'(1e308,-0)'"),
]


def test_every_row_comes_back_as_it_was() -> None:
    """NULL and empty, quotes, lines, JSON, instants of a microsecond; queries of the whole trail see them again."""
    row, before = archived()
    beside = bring_back(AUDIT, row, "the office", "case 12")

    assert (None, "attached", 200) == (beside, state(AUDIT, MONTH), in_parent())
    assert before == rows_of(f"content.{MONTH}")
    assert ("the office", "case 12") == (book(AUDIT, MONTH).held_by, book(AUDIT, MONTH).held_why)


def test_values_of_any_type_come_back_as_they_were() -> None:
    """A team's own columns may hold what few archives can: NaN, infinities, years before Christ, ranges, bytes."""
    columns = {f"odd_{number}": odd for number, odd in enumerate(ODD)}
    kept = [f"ADD COLUMN {name} {kind} DEFAULT {value}" for name, (kind, value) in columns.items()]
    bare = [f"ALTER COLUMN {name} DROP DEFAULT" for name in columns]
    with transaction() as conn:
        conn.execute(text("CREATE TYPE pair AS (a int, b text)"))
        conn.execute(text(f"ALTER TABLE content.audit_logs {', '.join(kept)}"))
    row, before = archived()
    with transaction() as conn:
        conn.execute(text(f"ALTER TABLE content.audit_logs {', '.join(bare)}"))
    beside = bring_back(AUDIT, row, "the office", "case 12")

    assert (None, 200) == (beside, len(before))
    assert all(each[name] is not None for each in before for name in columns)
    assert before == rows_of(f"content.{MONTH}")


def test_a_restored_month_is_a_partition_like_the_others() -> None:
    """It has the indexes and the foreign key of the table, and nothing that was needed on the way."""
    row, _ = archived()
    bring_back(AUDIT, row, "the office", "case 12")

    assert _shape(MONTH) == _shape(_youngest())


def test_a_restored_month_stays_until_it_is_released_and_leaves_again() -> None:
    """Held, no rotation touches it; released, it is archived anew under another key and dropped."""
    row, before = archived()
    bring_back(AUDIT, row, "the office", "case 12")
    held = rotate().dropped
    with transaction() as conn:
        release(conn, AUDIT, MONTH)
    again = rotate().dropped

    assert ([], [MONTH]) == (held, again)
    assert row.url != book(AUDIT, MONTH).url
    assert (row.digest, len(before)) == (book(AUDIT, MONTH).digest, book(AUDIT, MONTH).rows)


def test_a_damaged_archive_restores_nothing() -> None:
    """It is said what is wrong with it, and there is no table."""
    row, _ = archived()
    key = storage().key_of(str(row.url))
    damaged = storage().get(key)[:-1]
    storage().delete(key)
    storage().put(key, damaged)
    with pytest.raises(ArchiveError, match="has bytes"):
        bring_back(AUDIT, row, "the office", "case 12")

    assert ("dropped", False) == (state(AUDIT, MONTH), exists(f"content.{MONTH}"))


def test_a_table_of_its_name_is_in_the_way() -> None:
    """Whoever made it is told; nothing is overwritten."""
    row, _ = archived()
    with transaction() as conn:
        conn.execute(text(f"CREATE TABLE content.{MONTH} (mine int)"))
    with pytest.raises(CannotRestoreError, match="rename or drop it first"):
        bring_back(AUDIT, row, "the office", "case 12")

    assert "dropped" == state(AUDIT, MONTH)


def test_what_is_not_archived_cannot_be_restored() -> None:
    """A partition that stands, and one that was only dropped, are refused with the reason."""
    with pytest.raises(CannotRestoreError, match="is attached; only a dropped"):
        bring_back(AUDIT, old_month(), "the office", "case 12")
    old_day()
    rotate([HISTORY])
    with pytest.raises(CannotRestoreError, match="without an archive"):
        bring_back(HISTORY, book(HISTORY, DAY), "the office", "case 12")


def _youngest() -> str:
    with transaction() as conn:
        return catalog_partitions(conn, AUDIT)[-1].name


def _shape(name: str) -> list[str]:
    with transaction() as conn:
        constraints = conn.execute(
            text(
                "SELECT pg_get_constraintdef(oid) || (conparentid > 0) FROM pg_constraint"
                " WHERE conrelid = to_regclass(:name) AND contype <> 'n'"
            ),
            {"name": f"content.{name}"},
        ).scalars()
        indexes = conn.execute(
            text("SELECT indkey::text || indoption::text FROM pg_index WHERE indrelid = to_regclass(:name)"),
            {"name": f"content.{name}"},
        ).scalars()
        return sorted(constraints) + sorted(indexes)
