"""Whoever sees an event first is decided by one key, across days, deliveries and open transactions."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from bellwork.db.engine import transaction
from bellwork.db.seen import BACK, first_seen

DAY = timedelta(days=1)


def _see(event: str, at: datetime, source: str = "t.source") -> bool:
    with transaction() as conn:
        return first_seen(conn, source, event, at)


@pytest.mark.usefixtures("database")
def test_an_event_is_first_once_whoever_delivers_it_and_when() -> None:
    """Ten at once, and again on a later day: the day is the event's own, not that of its arrival."""
    at = datetime.now(UTC) - 3 * DAY
    with ThreadPoolExecutor(10) as pool:
        told = list(pool.map(lambda _: _see("e1", at), range(10)))

    assert [True] == [each for each in told if each]
    assert not _see("e1", at)
    assert _see("e2", at)
    assert _see("e1", at, "t.other")


@pytest.mark.usefixtures("database")
def test_what_was_rolled_back_was_not_seen() -> None:
    """The answer belongs to the effect: both are there, or none."""
    at = datetime.now(UTC)
    with pytest.raises(ZeroDivisionError), transaction() as conn:
        _ = 1 // (not first_seen(conn, "t.source", "e1", at))

    assert _see("e1", at)


@pytest.mark.usefixtures("database")
def test_of_days_without_a_partition_nobody_can_tell() -> None:
    """First is only what comes from BACK days ago until tomorrow, and for each of these days there is a partition."""
    midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    for back in range(-1, BACK + 1):
        assert _see(f"e{back}", midnight - back * DAY), back
    for at in (midnight - BACK * DAY - timedelta(microseconds=1), midnight + 2 * DAY, datetime(1, 1, 2, tzinfo=UTC)):
        assert not _see("late", at), at


@pytest.mark.usefixtures("database")
def test_the_day_is_utcs_in_whatever_zone_the_session_is() -> None:
    """One instant is in one partition, whoever asks."""
    at = datetime.now(UTC).replace(hour=2, minute=30)
    with transaction() as conn:
        conn.execute(text("SET LOCAL TIME ZONE 'America/New_York'"))
        assert first_seen(conn, "t.source", "e1", at)

    assert not _see("e1", at)
