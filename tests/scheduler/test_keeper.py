"""A scheduler's part in the calendar: the table first, once; then rounds, whatever a round ran into."""

from __future__ import annotations

import pytest
from structlog.testing import capture_logs

from db import ledger
from db.engine import transaction
from scheduler import ENTRIES, BadSchedule, keeper
from scheduler.keeper import Keeper
from tests.scheduler.calendars import bring, came_to, changes, entry, overdue

pytestmark = pytest.mark.usefixtures("database")


def test_the_first_round_brings_the_table_and_says_so_once() -> None:
    """The second changes nothing, and has nothing to say."""
    keep = Keeper()
    with capture_logs() as lines:
        keep()
        keep()

    assert [[each.key for each in ENTRIES]] == [line["entries"] for line in lines]
    assert ["declared"] == [what for what, _, _ in changes(ENTRIES[0].key)]


def test_nothing_is_decided_until_the_table_is_brought(monkeypatch: pytest.MonkeyPatch) -> None:
    """A round that could not bring it fails; the next one does both."""
    Keeper()()
    overdue(ENTRIES[0].key, hours=0)
    keep = Keeper()
    monkeypatch.setattr(keeper, "synchronise", _cannot)
    with pytest.raises(ConnectionError):
        keep()

    assert [] == came_to(ENTRIES[0].key)

    monkeypatch.undo()
    keep()

    assert "enqueued" == came_to(ENTRIES[0].key)[-1], "the latest of an hour's ticks"


def test_a_later_round_leaves_the_table_alone() -> None:
    """A table that another scheduler brought meanwhile is not undone by one that goes on."""
    keep = Keeper()
    keep()
    bring()
    keep()

    assert entry(ENTRIES[0].key).retired_at is not None


def test_an_entry_that_cannot_be_read_fails_the_round_and_not_the_others() -> None:
    """The loop says so; the other entries are decided all the same."""
    keep = Keeper()
    keep()
    first, second = ENTRIES[0].key, ENTRIES[1].key
    overdue(first, hours=0)
    overdue(second, hours=0)
    with transaction() as conn:
        ledger.update_entry(conn, first, zone="Europe/Atlantis")
    with pytest.raises(BadSchedule, match="Atlantis"):
        keep()

    assert ([], "enqueued") == (came_to(first), came_to(second)[-1])


def _cannot() -> list[str]:
    raise ConnectionError("PostgreSQL is away")
