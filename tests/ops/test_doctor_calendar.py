"""The doctor says whether the calendar is kept."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from bellwork.db import ledger
from bellwork.db.engine import transaction
from bellwork.db.ledger import ChangedBy
from bellwork.ops.doctor.calendar import check_calendar
from bellwork.scheduler import operate
from bellwork.scheduler.rounds import decide_due
from tests.scheduler.calendars import bring, entry, hourly, overdue

pytestmark = pytest.mark.usefixtures("full_hour", "database")


def test_each_trouble_of_the_calendar_has_its_words() -> None:
    """Nothing yet, all well, paused, overdue, unreadable: the worst is said, with what mends it."""
    said = [_examine()]
    bring(hourly("t.other"), hourly())
    said.append(_examine())
    with transaction() as conn:
        operate.pause(conn, "t.other", ChangedBy("ann", "exams"))
    said.append(_examine())
    with transaction() as conn:
        ledger.update_entry(conn, "t.hourly", next_tick=entry().now - timedelta(minutes=1))
    said.append(_examine())
    with transaction() as conn:
        ledger.update_entry(conn, "t.other", set_zone="Mars/Olympus", set_at=entry().now, set_by="ann")
    said.append(_examine())

    assert [
        ("ok", "no entry is known yet; a scheduler brings them at its start"),
        ("ok", "2 entries, none overdue"),
        ("warn", "paused: t.other (by ann)"),
        ("warn", "nobody decides what is due: t.hourly"),
        ("warn", "expression or zone cannot be read here: t.other"),
    ] == said


def test_an_entry_that_is_held_up_is_named() -> None:
    """Its job never ends, another actor's job holds its key, or a wrong clock has set its next tick far ahead."""
    bring(hourly())
    for _ in range(4):
        with transaction() as conn:
            conn.execute(text("UPDATE bellwork.ticks SET tick = tick - interval '1 hour'"))
        overdue("t.hourly", hours=0)
        decide_due()
    said = [_examine()]
    with transaction() as conn:
        [job] = conn.execute(text("UPDATE bellwork.jobs SET actor = 't.renamed' RETURNING id")).scalars()
    said.append(_examine())
    with transaction() as conn:
        ledger.update_entry(conn, "t.hourly", next_tick=entry().next_tick + timedelta(days=1))
    said.append(_examine())

    assert [
        ("warn", "the last 3 ticks gave way to a job that is unfinished: t.hourly"),
        ("warn", f"t.hourly waits for job {job} of 't.renamed'"),
        ("warn", "due later than their rules say, as after a jump of PostgreSQL's clock: t.hourly"),
    ] == said


def _examine() -> tuple[str, str]:
    with transaction() as conn:
        found = check_calendar(conn)
    return found.kind, found.said
