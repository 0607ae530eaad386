"""A dropped month comes back from its archive, row for row; where it cannot have its place, it stands beside it."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from db.engine import transaction
from db.partitions import CannotRestoreError, release, standing
from tasks.providers import storage
from tasks.upkeep.archive.bring_back import bring_back
from tasks.upkeep.archive.errors import ArchiveError
from tasks.upkeep.rotation import rotate
from tests.old_months import (
    AUDIT,
    DAY,
    HISTORY,
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


def test_every_row_comes_back_as_it_was() -> None:
    """NULL and empty, quotes, lines, JSON, instants of a microsecond; queries of the whole trail see them again."""
    row, before = archived()
    beside = bring_back(AUDIT, row, "the office", "case 12")

    assert (None, "attached", 200) == (beside, state(AUDIT, MONTH), in_parent())
    assert before == rows_of(f"content.{MONTH}")
    assert ("the office", "case 12") == (book(AUDIT, MONTH).held_by, book(AUDIT, MONTH).held_why)


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
        return standing(conn, AUDIT)[-1].name


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
