"""Summer time through the ledger: what was missed over a change of the clock is caught up as the zone had it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bellwork.scheduler import rounds
from bellwork.scheduler.cron import read
from tests.faults.almanac import ALL, assert_once, bring, entry, named, set_back, ticks
from tests.faults.ground import rows
from tests.scheduler import oracle
from tests.scheduler.expressions import changes

#: By an hour, by an hour, and by half an hour.
ZONES = ("America/New_York", "Europe/Berlin", "Australia/Lord_Howe")
#: What is due once, twice or never on such a day.
CRONS = ("45 1 * * *", "15,40 2 * * *", "0 */6 * * *", "*/30 1-3 * * *")
POLICIES = ("once", "skip", "both")
DAY = timedelta(days=1)


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.usefixtures("database")
def test_s6_each_tick_around_a_change_of_the_clock_is_decided_once(zone: str) -> None:
    """The last two changes, there and back: rows and jobs are those that the oracle finds minute by minute."""
    rules = {f"{cron}, {policy}": (cron, policy) for cron in CRONS for policy in POLICIES}
    bring(*(entry(key, cron, zone=zone, clock_change=policy, **ALL) for key, (cron, policy) in rules.items()))
    for change in [change for change in changes(zone) if change < datetime.now(UTC) - DAY][-2:]:
        since, until = change - DAY, change + DAY
        for key, (cron, policy) in rules.items():
            owed = oracle.ticks(cron, zone, since, until, policy)
            set_back(key, owed[0])
            assert rounds.decide(named(key))
            found = [tick for tick in ticks(key, "enqueued") if since < tick.tick <= until]
            assert owed == [tick.tick for tick in found]
    assert_once()


@pytest.mark.usefixtures("database")
def test_s6_new_zone_data_let_a_stored_tick_happen_once_and_then_follow_the_zone() -> None:
    """The next tick was computed when summer time was still there: it stays, and those after it are the new ones."""
    [(now,)] = rows("SELECT now()")
    zone = "Asia/Kolkata"
    # Half a day away, so that it is not due while the test runs.
    cron = f"0 {(now.astimezone(ZoneInfo(zone)).hour + 12) % 24} * * *"
    bring(entry("office", cron, zone=zone, **ALL))
    old = oracle.ticks(cron, zone, now - 3 * DAY, now)[0] - timedelta(hours=1)
    set_back("office", old)
    rounds.decide_due()
    found = [tick.tick for tick in ticks("office")]

    assert [old, *oracle.ticks(cron, zone, old, now)] == found
    assert [(read(cron, zone).next(found[-1]),)] == rows("SELECT next_tick FROM bellwork.entries")
    assert_once()
