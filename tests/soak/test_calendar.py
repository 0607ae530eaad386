"""What the soak's look at calendar and old partitions is worth: peace breaks nothing, each broken law is named."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text

from bellwork.db.engine import transaction
from bellwork.scheduler.declare import synchronise
from bellwork.scheduler.rounds import decide_due
from tests.conftest import _fresh
from tests.soak.blows.calendar import MINUTELY, ROTATION, owe_ticks, pause_entry, resume_entry, start_rotation
from tests.soak.calendar import calendar_violations
from tests.soak.old_months import MONTHS, ROWS, lay_out, rotation_violations
from tests.soak.sql import ticks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bellwork.ops.embedded import Stack

#: The blows need no field: what they strike is in the database.
FIELD: Any = None
DICE = Random(1)  # noqa: S311 - the same every time
BREAKS = {
    "a job is gone": (
        "DELETE FROM bellwork.jobs WHERE id IN (SELECT job_id FROM bellwork.ticks)",
        "ticks that ran and have no job",
    ),
    "a job is shared": (
        "UPDATE bellwork.ticks SET job_id = (SELECT max(job_id) FROM bellwork.ticks) WHERE outcome = 'enqueued'",
        "jobs that two ticks call theirs",
    ),
    "a tick is gone": (
        "DELETE FROM bellwork.ticks WHERE job_id = (SELECT max(job_id) FROM bellwork.ticks)",
        "jobs of an entry that no tick enqueued",
    ),
    "a minute is gone": (
        """DELETE FROM bellwork.ticks t USING bellwork.entries e
        WHERE e.key = t.entry AND t.tick = e.next_tick - interval '2 minutes'""",
        "entries with minutes that left no row",
    ),
}


@pytest.fixture(scope="module")
def struck(stack: Stack, template: str) -> Iterator[None]:
    """Let every minutely entry owe ticks, twice, and be paused and resumed; all of it is decided."""
    with contextmanager(_fresh)(stack, template):
        synchronise()
        for _ in range(2):
            _let_all_be_due()
            decide_due()
            assert any(owe_ticks(FIELD, DICE) for _ in range(12))
            assert pause_entry(FIELD, DICE)
            for key in MINUTELY:
                resume_entry(key)
            decide_due()
        yield


@pytest.mark.usefixtures("struck")
def test_ticks_that_were_owed_and_decided_break_no_law() -> None:
    """After two rounds of blows there are dozens of ticks, each with its row, and the look finds nothing wrong."""
    with transaction() as conn:
        counted = ticks.count_ticks(conn)
    assert [] == calendar_violations()
    assert counted["enqueued"] >= 20


@pytest.mark.usefixtures("struck")
@pytest.mark.parametrize("what", BREAKS)
def test_a_broken_law_of_the_calendar_is_named(what: str) -> None:
    """Each is broken by SQL behind the soak's back, and taken back again."""
    statement, words = BREAKS[what]
    with suppress(_TakenBack), transaction() as conn:
        conn.execute(text(statement))
        assert words in ticks.broken(conn)
        raise _TakenBack


@pytest.mark.usefixtures("database")
def test_old_months_leave_whole_and_a_row_that_vanished_is_told() -> None:
    """Laid out, rotated and read back nothing is amiss; a month that lost a row before it was archived is named."""
    pytest.importorskip("pyarrow", reason="archives are Parquet: the extra `archive`")
    lay_out()
    with transaction() as conn:
        conn.execute(text("DELETE FROM content.audit_logs_2009_02 WHERE metadata ->> 'n' = '7'"))
    [violation] = rotation_violations()

    assert f"audit_logs_2009_02 had {ROWS} rows; {ROWS - 1} were archived and 0 are left" == violation
    assert MONTHS >= 2


@pytest.mark.usefixtures("database")
def test_the_rotation_is_an_entry_that_the_nemesis_can_start() -> None:
    """Nothing before a scheduler brought the table; due at once after that."""
    assert start_rotation(FIELD, DICE) is None
    synchronise()

    assert start_rotation(FIELD, DICE)
    assert decide_due() >= 1
    with transaction() as conn:
        jobs = conn.execute(text("SELECT unique_key FROM bellwork.jobs WHERE actor = :actor"), {"actor": ROTATION})
        assert [(f"entry:{ROTATION}",)] == jobs.all()


def _let_all_be_due() -> None:
    with transaction() as conn:
        conn.execute(
            text("UPDATE bellwork.entries SET next_tick = date_trunc('minute', now()) WHERE next_tick > now()")
        )


class _TakenBack(Exception):  # noqa: N818 - nothing is wrong
    """What was broken is whole again."""
