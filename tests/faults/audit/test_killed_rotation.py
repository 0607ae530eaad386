"""A rotation that is killed at any of its nine steps goes on from there, and at no moment are rows only in memory."""

from __future__ import annotations

import os
import signal
import sys
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text

from bellwork.db.engine import engine, transaction
from bellwork.db.partitions import catalog_partitions, create_ahead, horizon
from bellwork.tasks.upkeep.archive.bring_back import bring_back
from bellwork.tasks.upkeep.rotation import rotate
from tests.faults import failpoints, preloaded
from tests.faults.ground import PATIENCE
from tests.faults.processes import ROOT
from tests.old_months import AUDIT, MONTH, book, exists, in_parent, old_month, rows_of

if TYPE_CHECKING:
    from pathlib import Path

_ROTATE = "from bellwork.tasks.upkeep.rotation import rotate; rotate()"
#: The steps of a partition's way out, in order; the last rows of it are where, when a process dies there.
STEPS = {
    "partition_detach": "parent",
    "partition_export": "table",
    "partition_upload": "table",
    "partition_verify": "table",
    "partition_mark": "table",
    "partition_drop": "table",
}


@pytest.mark.parametrize("step", STEPS)
def test_a1_killed_at_a_step_of_the_way_out_it_goes_on(step: str, month: list[Any], tmp_path: Path) -> None:
    """Every row is where it was, and after the next rotation in an archive from which the same rows come back."""
    _killed_at(step, tmp_path)
    kept = rows_of(f"content.{MONTH}")
    seen = in_parent()
    done = rotate()

    assert month == kept
    assert {"parent": 200, "table": 0}[STEPS[step]] == seen
    assert ([MONTH], {}) == (done.dropped, done.troubles)
    _assert_comes_back(month)


@pytest.mark.usefixtures("month")
@pytest.mark.parametrize("step", ["partition_create", "partition_attach"])
def test_a1_killed_while_it_makes_partitions_it_leaves_none_half_made(step: str, tmp_path: Path) -> None:
    """No table is left over, and the next rotation makes it."""
    with transaction() as conn:
        last = catalog_partitions(conn, AUDIT)[-1]
        conn.execute(text(f"DROP TABLE {last.qualified}"))
    _killed_at(step, tmp_path)
    left = exists(last.qualified)

    assert not left
    assert [last.name] == rotate().created


def test_a1_killed_while_a_detaching_is_pending_it_is_finalized(month: list[Any], tmp_path: Path) -> None:
    """A reader holds it up; killed there, and killed again before the end, the next rotation brings it to its end."""
    with engine().connect() as reader:
        reader.execute(text("SELECT count(*) FROM content.audit_logs"))
        _killed_at("partition_finalize", tmp_path)
    pending, seen = _is_pending(), in_parent()
    _killed_at("partition_finalize", tmp_path)

    assert (True, 0, True) == (pending, seen, _is_pending())
    assert [MONTH] == rotate().dropped
    _assert_comes_back(month)


@pytest.mark.usefixtures("database")
def test_a1_a_pending_detaching_of_somebody_else_is_ended_too() -> None:
    """An operator's own, cut off: else no partition of the table could be detached any more; his table stays his."""
    old_month()
    with transaction() as conn:
        other = create_ahead(conn, AUDIT, 4)[-1]
    _begin_detaching(other)

    assert [MONTH] == rotate().dropped
    assert exists(f"content.{other}")
    with transaction() as conn:
        assert 3 == horizon(conn, AUDIT)


def _killed_at(step: str, folder: Path) -> None:
    """Let a process rotate that is killed at a step."""
    failpoints.order(folder, step, "kill9")
    environment = {**os.environ, "FAILPOINTS": str(failpoints.place(folder)), "PYTHONPATH": str(ROOT)}
    with (folder / "log").open("wb") as log:
        code = preloaded.start([sys.executable, "-c", _ROTATE], folder, environment, log.fileno()).wait(PATIENCE)
    assert -signal.SIGKILL == code, (folder / "log").read_text()
    assert failpoints.taken(folder, step)


def _begin_detaching(name: str) -> None:
    with engine().connect() as reader, engine().connect() as other:
        reader.execute(text("SELECT count(*) FROM content.audit_logs"))
        impatient = other.execution_options(isolation_level="AUTOCOMMIT")
        impatient.execute(text("SET lock_timeout = '20ms'"))
        with pytest.raises(Exception, match="lock timeout"):
            impatient.execute(text(f"ALTER TABLE content.audit_logs DETACH PARTITION content.{name} CONCURRENTLY"))
        impatient.execute(text("RESET lock_timeout"))


def _is_pending() -> bool:
    with transaction() as conn:
        return any(each.is_pending for each in catalog_partitions(conn, AUDIT))


def _assert_comes_back(before: list[Any]) -> None:
    assert not exists(f"content.{MONTH}")
    assert bring_back(AUDIT, book(AUDIT, MONTH), "a test", "to compare") is None
    assert before == rows_of(f"content.{MONTH}")
