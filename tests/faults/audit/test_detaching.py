"""A partition is detached when nobody writes to it any more, and readers hold up nothing but the detaching itself."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from bellwork.db.engine import engine, forget, transaction
from bellwork.db.partitions import CatalogPartition, catalog_partitions, locks
from bellwork.tasks.upkeep.rotation import rotate
from tests.old_months import AUDIT, MONTH, book, in_parent, old_month

pytestmark = pytest.mark.usefixtures("database")

#: Seconds that a writer may be held up, generous for a busy machine; a lock is waited for 0.05 s.
STALL = 4.0


def test_a3_a_partition_leaves_a_week_after_its_end_at_the_soonest() -> None:
    """Kept for no time at all, one that ended six days ago stays; one that ended eight days ago goes."""
    brief = replace(AUDIT, keep=0, then="drop", step="day")
    with transaction() as conn:
        for each in catalog_partitions(conn, AUDIT)[:-1]:
            conn.execute(text(f"DROP TABLE {each.qualified}"))
        for name, ends in (("six", 6), ("eight", 8)):
            conn.execute(text(_DAY.format(name=name, ends=ends)))

    assert ["eight"] == rotate([brief]).dropped


def test_a3_a_long_reader_holds_up_the_detaching_and_no_writer(monkeypatch: pytest.MonkeyPatch) -> None:
    """The rotation gives up and says why; writers write meanwhile; when the reader is gone, the next one goes on."""
    old_month()
    monkeypatch.setattr(locks, "GIVE_UP", 0.5)
    with engine().connect() as reader:
        reader.execute(text("SELECT count(*) FROM content.audit_logs"))
        stopped = rotate([AUDIT]).troubles
        longest = max(_write() for _ in range(20))
        pending = [each.name for each in _in_catalog() if each.is_pending]
    finished = rotate([AUDIT])

    assert f"detaching {MONTH} waits for transactions that are open for longer" in stopped[MONTH]
    assert ([MONTH], "detaching") == (pending, "detaching")
    assert longest < STALL
    assert ([MONTH], {}) == (finished.dropped, finished.troubles)


def test_a3_rows_for_a_month_that_is_leaving_are_refused_not_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    """A row for seven years ago is refused with a clear error while the detaching is pending; the others get in."""
    old_month()
    monkeypatch.setattr(locks, "GIVE_UP", 0.2)
    with engine().connect() as reader:
        reader.execute(text("SELECT count(*) FROM content.audit_logs"))
        rotate([AUDIT])
        with pytest.raises(IntegrityError, match="no partition of relation"), transaction() as conn:
            conn.execute(text("INSERT INTO content.audit_logs (action, created_at) VALUES ('x', '2019-01-05')"))
        _write()

    assert (0, [MONTH]) == (in_parent(), rotate([AUDIT]).dropped)
    assert 200 == book(AUDIT, MONTH).rows


def test_a3_somebody_who_changes_users_holds_up_the_detaching_and_no_audit_row(monkeypatch: pytest.MonkeyPatch) -> None:
    """Detaching wants a lock on the users, too: it is asked for a moment at a time, and audit rows are written."""
    old_month()
    monkeypatch.setattr(locks, "GIVE_UP", 0.5)
    with engine().connect() as writer:
        writer.execute(text("LOCK TABLE content.users IN ROW EXCLUSIVE MODE"))
        stopped = rotate([AUDIT]).troubles
        longest = max(_write() for _ in range(20))

    assert "waits for transactions" in stopped[MONTH]
    assert longest < STALL
    assert [MONTH] == rotate([AUDIT]).dropped


def test_a3_behind_a_pooler_it_is_detached_in_brief_locks(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pooler lends no session to set a patience in: a reader stops it, and without him it goes at once."""
    old_month()
    monkeypatch.setattr(locks, "GIVE_UP", 0.2)
    monkeypatch.setenv("POOLER", "transaction")
    forget()
    with engine().connect() as reader:
        reader.execute(text("SELECT count(*) FROM content.audit_logs"))
        stopped = rotate([AUDIT]).troubles
        seen = in_parent()

    assert ([MONTH], 200) == (list(stopped), seen)
    assert [MONTH] == rotate([AUDIT]).dropped


def test_a3_beside_a_default_partition_it_is_detached_in_brief_locks() -> None:
    """DETACH … CONCURRENTLY is not allowed there; a team's own DEFAULT partition stays as it is."""
    old_month()
    with transaction() as conn:
        conn.execute(text("CREATE TABLE content.rest PARTITION OF content.audit_logs DEFAULT"))

    assert [MONTH] == rotate([AUDIT]).dropped
    assert any(each.is_default for each in _in_catalog())


_DAY = """
CREATE TABLE content.{name} PARTITION OF content.audit_logs FOR VALUES
    FROM (CURRENT_DATE - {ends} - 1)
    TO (CURRENT_DATE - {ends})
"""


def _write() -> float:
    began = time.monotonic()
    with transaction() as conn:
        conn.execute(text("INSERT INTO content.audit_logs (action) VALUES ('x')"))
    return time.monotonic() - began


def _in_catalog() -> list[CatalogPartition]:
    with transaction() as conn:
        return catalog_partitions(conn, AUDIT)
