"""What stands in the way of one partition stops that one alone, loses no row of it, and is said."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text

from bellwork.db.engine import single_statements, transaction
from bellwork.db.own import HISTORY
from bellwork.tasks.providers import storage
from bellwork.tasks.upkeep.rotate import rotate_partitions
from bellwork.tasks.upkeep.rotation import Rotated, rotate
from bellwork.workers.testing import run_inline
from tests.db.catalog import run_script
from tests.old_months import AUDIT, DAY, MONTH, book, in_parent, old_day, old_month, rows_of, state

if TYPE_CHECKING:
    from pathlib import Path

    from bellwork.db.partitions import Partition

_STANDING_STILL = text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in transaction%'"
)
pytestmark = pytest.mark.usefixtures("database")

VIEW = "CREATE VIEW report AS SELECT * FROM content.audit_logs_2019_01"
REFERENCE = """
CREATE TABLE notes (about bigint, at timestamptz,
    FOREIGN KEY (about, at) REFERENCES content.audit_logs_2019_01 (id, created_at))
"""
_LATE_ROW = "INSERT INTO content.audit_logs_2019_01 (id, action, created_at) VALUES (999, 'x', '2019-01-09')"


@pytest.mark.parametrize("stands_on_it", [VIEW, REFERENCE], ids=["view", "foreign key"])
def test_the_trouble_of_one_partition_does_not_stop_another(stands_on_it: str) -> None:
    """Something stands on the old month, so it cannot be dropped; the old day goes, and the job says what is wrong."""
    old_month()
    old_day()
    with transaction() as conn:
        conn.execute(text(stands_on_it))
    job = run_inline(rotate_partitions)

    assert ("scheduled", 1) == (job["state"], job["retries"])
    assert "audit_logs_2019_01: cannot drop table" in job["errors"][-1]["error"]
    assert ("verified", "dropped") == (state(AUDIT, MONTH), state(HISTORY, DAY))
    assert "other objects depend on it" in str(book(AUDIT, MONTH).error)


def test_a_table_that_is_not_partitioned_is_let_alone() -> None:
    """An adopted plain audit trail is no trouble of the rotation."""
    with transaction() as conn:
        conn.execute(text("DROP TABLE content.audit_logs"))
        conn.execute(text("CREATE TABLE content.audit_logs (id bigint, created_at timestamptz)"))

    assert Rotated() == rotate()


def test_no_transaction_is_open_while_an_archive_is_uploaded(monkeypatch: pytest.MonkeyPatch) -> None:
    """An upload may take minutes; a session of ours may stand still for ten seconds."""
    old_month()
    seen: list[int] = []

    class Looking:
        def __getattr__(self, name: str) -> Any:
            return getattr(storage(), name)

        def put(self, key: str, content: bytes | Path) -> str:
            with single_statements() as conn:
                seen.append(conn.execute(_STANDING_STILL).scalar_one())
            return storage().put(key, content)

    monkeypatch.setattr("bellwork.tasks.upkeep.archive.deposit.storage", Looking)

    assert [MONTH] == rotate().dropped
    assert [0, 0] == seen


def test_without_the_extra_nothing_is_detached(monkeypatch: pytest.MonkeyPatch) -> None:
    """The job names the extra to install; the month is read as before, and the old day goes its way."""
    old_month()
    old_day()
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    job = run_inline(rotate_partitions)

    assert "pip install '.[archive]'" in job["errors"][-1]["error"]
    assert ("attached", 200, "dropped") == (state(AUDIT, MONTH), in_parent(), state(HISTORY, DAY))


def test_a_partition_with_another_name_and_range_goes_too() -> None:
    """A quarter that a team made by hand leaves when its end is old enough; signs in its name do no harm."""
    with transaction() as conn:
        conn.exec_driver_sql(
            'CREATE TABLE content."Old %% quarter\'s ""logs""" PARTITION OF content.audit_logs'
            " FOR VALUES FROM (MINVALUE) TO ('2018-04-01 00:00:00+00')"
        )
        conn.exec_driver_sql("INSERT INTO content.audit_logs (action, created_at) VALUES ('x', '2017-05-05')")

    assert ['Old % quarter\'s "logs"'] == rotate().dropped


def test_deleting_a_user_does_not_change_a_detached_month(monkeypatch: pytest.MonkeyPatch) -> None:
    """The foreign key is off before the export: what is archived is what is dropped."""
    with transaction() as conn:
        run_script(conn, "vividly_rows.sql", "content")
        conn.execute(text("DELETE FROM content.audit_logs"))
    old_month(user_id="user_student")

    def delete_user(_: Partition) -> None:
        with transaction() as conn:
            conn.execute(text("DELETE FROM content.users WHERE id = 'user_student'"))

    monkeypatch.setattr("bellwork.tasks.upkeep.lifecycle.examine", delete_user)

    assert [MONTH] == rotate().dropped


def test_rows_written_into_a_detached_month_are_not_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody inserts into the detached table after its export: it is exported again, with that row, and then goes."""
    old_month()

    def write(_: Partition) -> None:
        with transaction() as conn:
            conn.execute(text(_LATE_ROW))
        monkeypatch.undo()

    monkeypatch.setattr("bellwork.tasks.upkeep.lifecycle.examine", write)
    stopped = rotate().troubles
    rows = rows_of(f"content.{MONTH}")

    assert "it was written to after it was detached" in stopped[MONTH]
    assert [MONTH] == rotate().dropped
    assert (201, 201, 999) == (len(rows), book(AUDIT, MONTH).rows, book(AUDIT, MONTH).max_id)
