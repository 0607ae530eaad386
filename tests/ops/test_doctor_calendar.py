"""The doctor says whether the calendar is kept."""

from __future__ import annotations

from datetime import timedelta

import pytest

from db import ledger
from db.engine import transaction
from db.ledger import Hand
from ops.doctor.calendar import check_calendar
from scheduler import operate
from tests.scheduler.calendars import bring, entry, hourly


@pytest.mark.usefixtures("database")
def test_each_trouble_of_the_calendar_has_its_words() -> None:
    """Nothing yet, all well, paused, overdue, unreadable: the worst is said, with what mends it."""
    said = [_examine()]
    bring(hourly("t.other"), hourly())
    said.append(_examine())
    with transaction() as conn:
        operate.pause(conn, "t.other", Hand("ann", "exams"))
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


def _examine() -> tuple[str, str]:
    with transaction() as conn:
        found = check_calendar(conn)
    return found.kind, found.said
