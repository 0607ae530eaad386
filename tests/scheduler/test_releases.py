"""Of releases side by side the newest one's entries count, and a scheduler leaves alone what it did not load."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from bellwork.db.engine import transaction
from bellwork.db.ledger import ChangedBy
from bellwork.scheduler import operate
from bellwork.scheduler.declare import Brought, synchronise
from tests.scheduler.calendars import changes, entry, hourly, silence

if TYPE_CHECKING:
    from bellwork.db.ledger import StoredEntry
    from bellwork.scheduler.entries import Tables

pytestmark = pytest.mark.usefixtures("database")

KEPT, OLD_ONLY, NEW_ONLY = "t.kept", "t.old_only", "t.new_only"
OLD: Tables = {"t": [hourly(KEPT), hourly(OLD_ONLY)]}
NEW: Tables = {"t": [hourly(KEPT, cron="0 3 * * *"), hourly(NEW_ONLY)]}
NOTHING = Brought([], [])
STANDS_BACK = Brought([], ["t"])


def standing() -> dict[str, str]:
    """Read the expressions of the entries that are not retired."""
    with transaction() as conn:
        found = conn.execute(text("SELECT key, cron FROM bellwork.entries WHERE retired_at IS NULL")).all()
        return {row.key: row.cron for row in found}


def make_older(minutes: int) -> None:
    """Let so many minutes pass in which no scheduler could announce anything."""
    statement = text("UPDATE bellwork.declarations SET seen_at = seen_at - make_interval(mins => :minutes)")
    with transaction() as conn:
        conn.execute(statement, {"minutes": minutes})


def declared(tables: Tables) -> dict[str, str]:
    """Return what is standing where these tables count."""
    return {each.key: each.cron for entries in tables.values() for each in entries}


def test_an_older_release_that_starts_again_changes_nothing_of_a_newer_one() -> None:
    """Neither is the new entry retired, nor the old expression back; the newer one's next start has nothing to mend."""
    synchronise(OLD)
    synchronise(NEW)

    assert STANDS_BACK == synchronise(OLD)
    assert declared(NEW) == standing()
    assert NOTHING == synchronise(NEW)
    assert ["declared", "changed"] == [what for what, _, _ in changes(KEPT)]


def test_an_older_release_counts_again_when_the_newer_one_has_been_silent() -> None:
    """A roll-back: what only the newer one has is retired in the end; what operators set or paused is as it was."""
    synchronise(OLD)
    synchronise(NEW)
    with transaction() as conn:
        operate.pause(conn, KEPT, ChangedBy("ann", "flood"))
        operate.set_rule(conn, KEPT, ChangedBy("ann", "exams"), cron="0 5 * * *")
    synchronise(OLD)
    silence(OLD)

    assert Brought([KEPT, OLD_ONLY, NEW_ONLY], []) == synchronise(OLD, anew=False)
    assert declared(OLD) == standing()
    assert ("ann", "0 5 * * *") == (_kept().paused_by, _kept().set_cron)
    assert NOTHING == synchronise(OLD)

    forward = synchronise(NEW)

    assert Brought([KEPT, NEW_ONLY, OLD_ONLY], []) == forward, "and forward again, at once"
    assert ("ann", "0 5 * * *") == (_kept().paused_by, _kept().set_cron)


def test_a_release_that_comes_back_after_an_hour_has_to_stay_for_a_while() -> None:
    """PostgreSQL was away for everybody: the older scheduler is the first one back, and waits for the newer one."""
    synchronise(OLD)
    synchronise(NEW)
    make_older(60)

    assert STANDS_BACK == synchronise(OLD)
    assert NOTHING == synchronise(NEW)

    make_older(9)

    assert STANDS_BACK == synchronise(OLD)


def test_a_new_release_counts_at_once_though_the_one_before_is_there() -> None:
    """What it has no more is retired by its first start, and stays so while schedulers of the old release go on."""
    synchronise(OLD)

    assert Brought([KEPT, NEW_ONLY, OLD_ONLY], []) == synchronise(NEW)
    assert STANDS_BACK == synchronise(OLD, anew=False)
    assert declared(NEW) == standing()


def test_a_scheduler_that_was_frozen_while_an_older_release_took_over_brings_its_entries_again() -> None:
    """It announces itself, finds that another table is in force, and that its own counts."""
    synchronise(OLD)
    synchronise(NEW)
    synchronise(OLD)
    silence(OLD)
    synchronise(OLD, anew=False)

    assert [KEPT, NEW_ONLY, OLD_ONLY] == synchronise(NEW, anew=False).changed
    assert declared(NEW) == standing()


def test_a_sign_of_life_by_a_clock_that_was_ahead_holds_nobody_up_for_long() -> None:
    """PostgreSQL's clock was a day ahead when both were seen last; the newer one is gone, the older waits as ever."""
    synchronise(OLD)
    synchronise(NEW)
    make_older(-24 * 60)
    first = synchronise(OLD)
    with transaction() as conn:
        conn.execute(text("UPDATE bellwork.declarations SET since = since - interval '11 minutes'"))

    assert STANDS_BACK == first
    assert [KEPT, OLD_ONLY, NEW_ONLY] == synchronise(OLD).changed


def test_entries_of_other_sources_live_beside_ours() -> None:
    """Neither scheduler has loaded the other's source: nothing of it is changed or retired, whoever starts last."""
    theirs: Tables = {"u": [hourly("u.theirs")]}
    for tables in (OLD, theirs, NEW, {}):
        synchronise(tables)

    assert declared(NEW) | declared(theirs) == standing()

    synchronise({"u": [], **OLD})

    assert declared(NEW) == standing(), "a source without an entry is loaded all the same"


def test_schedulers_of_two_releases_start_at_once() -> None:
    """Eight of each, in any order: in the end one table is in the ledger, whole, and the next start finds it there."""
    synchronise(OLD)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(synchronise, [OLD, NEW] * 8))

    assert declared(NEW) == standing()
    assert NOTHING == synchronise(NEW)


def _kept() -> StoredEntry:
    return entry(KEPT)
