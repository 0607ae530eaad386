"""A month that cannot have its old place stands beside its table, with every row, and the answer says why."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from bellwork.db.engine import transaction
from bellwork.db.partitions import release
from bellwork.tasks.upkeep.archive.bring_back import bring_back
from bellwork.tasks.upkeep.rotation import rotate
from tests.db.catalog import run_script
from tests.old_months import AUDIT, MONTH, archived, book, in_parent, rows_of, state

pytestmark = pytest.mark.usefixtures("database")


def test_a_taken_range_leaves_it_beside_the_table() -> None:
    """The rows are there, in a table of their own, and the answer says what stands in their place."""
    row, before = archived()
    with transaction() as conn:
        conn.execute(
            text(
                "CREATE TABLE content.of_the_team PARTITION OF content.audit_logs"
                " FOR VALUES FROM ('2019-01-15') TO ('2019-02-15')"
            )
        )
    beside = bring_back(AUDIT, row, "the office", "case 12")

    assert f'"content"."{MONTH}" stays beside content.audit_logs: of_the_team stands in its range' == beside
    assert (before, 0) == (rows_of(f"content.{MONTH}"), in_parent())
    assert "detached" == state(AUDIT, MONTH)
    with transaction() as conn:
        assert release(conn, AUDIT, MONTH)
    assert MONTH in rotate([AUDIT]).dropped, "released, it is archived anew and goes"
    assert row.digest == book(AUDIT, MONTH).digest


def test_asked_again_when_the_range_is_free_it_is_attached() -> None:
    """What stands beside the table already is not fetched a second time."""
    row, before = archived()
    with transaction() as conn:
        conn.execute(
            text(
                "CREATE TABLE content.t PARTITION OF content.audit_logs"
                " FOR VALUES FROM ('2019-01-15') TO ('2019-03-01')"
            )
        )
    bring_back(AUDIT, row, "the office", "case 12")
    with transaction() as conn:
        conn.execute(text("DROP TABLE content.t"))

    assert bring_back(AUDIT, book(AUDIT, MONTH), "the office", "case 12") is None
    assert (before, 200) == (rows_of(f"content.{MONTH}"), in_parent())


def test_rows_of_a_user_who_is_gone_stay_beside_the_table() -> None:
    """The archive still knows who it was; the foreign key does not, so they are not mixed."""
    with transaction() as conn:
        run_script(conn, "vividly_rows.sql", "content")
        conn.execute(text("DELETE FROM content.audit_logs"))
    row, before = archived(user_id="user_student")
    with transaction() as conn:
        conn.execute(text("DELETE FROM content.users WHERE id = 'user_student'"))
    beside = str(bring_back(AUDIT, row, "the office", "case 12"))

    assert "it refers to rows that are gone" in beside
    assert (before, 0) == (rows_of(f"content.{MONTH}"), in_parent())


def test_a_table_that_has_changed_since_takes_what_fits() -> None:
    """A new column is empty in old rows; a column that is gone keeps the month beside the table, with its values."""
    row, before = archived()
    with transaction() as conn:
        conn.execute(text("ALTER TABLE content.audit_logs ADD COLUMN session text, DROP COLUMN user_agent"))
    beside = str(bring_back(AUDIT, row, "the office", "case 12"))
    after = rows_of(f"content.{MONTH}")

    assert "user_agent" in beside
    assert [each["user_agent"] for each in before] == [each["user_agent"] for each in after]
    assert [None] * 200 == [each["session"] for each in after]
