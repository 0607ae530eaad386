"""What deletes or writes to people begins paused where a system's tables were there before Bellwork."""

from __future__ import annotations

import pytest

from bellwork.db.engine import transaction
from bellwork.db.ledger import ChangedBy
from bellwork.scheduler import operate
from tests.scheduler.calendars import bring, changes, entry, hourly
from tests.workers.look import execute

pytestmark = pytest.mark.usefixtures("database")


def test_a_careful_entry_begins_paused_where_the_tables_were_found() -> None:
    """With the reason, as a change of its own; one that is not careful runs at once."""
    execute("INSERT INTO bellwork.systems (word, found) VALUES ('t', true)")
    bring(hourly("t.tidy", careful=True), hourly("t.count"))

    assert "before Bellwork" in (entry("t.tidy").pause_reason or "")
    assert entry("t.count").paused_at is None
    assert ["declared", "paused"] == [what for what, _, _ in changes("t.tidy")]


@pytest.mark.parametrize("made", ["", "INSERT INTO bellwork.systems (word, found) VALUES ('t', false)"])
def test_where_the_tables_were_made_nothing_is_paused(made: str) -> None:
    """Nor where nothing is known of them."""
    execute(made or "SELECT")
    bring(hourly(careful=True))

    assert entry().paused_at is None


def test_an_entry_that_ran_before_goes_on() -> None:
    """Neither a release that calls it careful nor one that changes it pauses it."""
    execute("INSERT INTO bellwork.systems (word, found) VALUES ('t', true)")
    bring(hourly())
    bring(hourly(careful=True, purpose="deletes"))
    bring()
    bring(hourly(careful=True))

    assert entry().paused_at is None


def test_what_an_operator_resumed_stays_so() -> None:
    """The next deploy does not pause it again."""
    execute("INSERT INTO bellwork.systems (word, found) VALUES ('t', true)")
    bring(hourly(careful=True))
    with transaction() as conn:
        operate.resume(conn, "t.hourly", ChangedBy("ann", "looked at it"))
    bring(hourly(careful=True, cron="0 4 * * *"))

    assert entry().paused_at is None
