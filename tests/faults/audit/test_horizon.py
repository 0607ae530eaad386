"""The next month is there long before it begins; where it is not, everybody is told, and nothing is swallowed."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from bellwork.db.engine import transaction
from bellwork.db.partitions import catalog_partitions, horizon, short_of_partitions
from bellwork.ops.doctor import Finding, examine
from bellwork.scheduler.upkeep import make_partitions
from bellwork.tasks.upkeep.rotation import rotate
from tests.old_months import AUDIT

pytestmark = pytest.mark.usefixtures("database")

#: Partitions left ahead of this month's, and what the doctor makes of it; -1: this month's is missing, too.
REACH = {3: "ok", 2: "ok", 1: "warn", 0: "warn", -1: "fail"}


@pytest.mark.parametrize("left", REACH)
def test_a2_a_short_horizon_is_said_and_mended(left: int) -> None:
    """Below two months ahead the doctor and the status say so; a rotation, or the scheduler, makes three of them."""
    _leave(left)
    said = _finding().kind
    with transaction() as conn:
        short, ahead = short_of_partitions(conn), horizon(conn, AUDIT)
    created = rotate().created

    assert (REACH[left], left) == (said, ahead)
    assert (["content.audit_logs"] if left < 2 else []) == short
    assert 3 - left == len(created)
    assert ("ok", "3 ahead of this month") == (_finding().kind, _finding().said)


def test_a2_the_scheduler_makes_partitions_without_any_job() -> None:
    """No worker is needed for the next month to be there."""
    _leave(0)

    assert 3 == len(make_partitions(AUDIT))


def test_a2_a_missing_month_refuses_rows_and_mends_itself() -> None:
    """There is no DEFAULT partition that would swallow them: the writer is told, and can write after a rotation."""
    _leave(-1)
    with pytest.raises(IntegrityError, match="no partition of relation"), transaction() as conn:
        conn.execute(text("INSERT INTO content.audit_logs (action) VALUES ('x')"))
    rotate()
    with transaction() as conn:
        conn.execute(text("INSERT INTO content.audit_logs (action) VALUES ('x')"))
        assert 1 == conn.execute(text("SELECT count(*) FROM content.audit_logs")).scalar_one()


def test_a2_a_gap_counts_as_the_end() -> None:
    """Partitions behind a missing month are no horizon."""
    with transaction() as conn:
        second = catalog_partitions(conn, AUDIT)[2]
        conn.execute(text(f"DROP TABLE {second.qualified}"))

        assert 1 == horizon(conn, AUDIT)


def _leave(ahead: int) -> None:
    with transaction() as conn:
        for each in catalog_partitions(conn, AUDIT)[ahead + 1 :]:
            conn.execute(text(f"DROP TABLE {each.qualified}"))


def _finding() -> Finding:
    return next(found for found in examine() if found.name == "partitions of content.audit_logs")
