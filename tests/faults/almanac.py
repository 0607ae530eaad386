"""What tests of the calendar share: schedulers with a table of the test's own, a past made up, and the ledger."""

from __future__ import annotations

import json
import sys
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from bellwork.db.engine import transaction
from bellwork.db.vocabulary import CalendarEntry
from bellwork.scheduler.declare import synchronise
from tests.faults.ground import rows
from tests.faults.processes import Cluster, Kept

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bellwork.scheduler.declare import Brought

#: What these tests declare, and its actor.
SOURCE = "faults"
ACTOR = "faults.nap"
#: Everything that was missed within a year is to be caught up.
ALL: dict[str, Any] = {"missed": "all", "most": 1_000_000, "window_hours": 8_784}
_SET_BACK = "UPDATE bellwork.entries SET next_tick = :tick WHERE key LIKE :key"
_TICKS = "SELECT * FROM bellwork.tick_history WHERE entry LIKE :key ORDER BY entry, tick"
_JOBS = """
SELECT id, actor, args, unique_key FROM bellwork.jobs UNION ALL
SELECT id, actor, args, unique_key FROM bellwork.finished_jobs ORDER BY id
"""


class Schedulers(Cluster):
    """So many schedulers, started again when they end; their table is `declare`d in the folder."""

    def __init__(self, folder: Path, count: int, **settings: str) -> None:
        super().__init__(folder, masters=0, scheduler=True, settings=settings)
        [one] = self.kept
        command = [sys.executable, "-m", "tests.faults.other_calendar"]
        self.kept = [Kept(command, folder, dict(one.env), folder / f"log-{number}") for number in range(count)]

    def are_up(self) -> bool:
        """Tell whether each of them is at work."""
        return all("scheduler runs" in kept.said() for kept in self.kept)

    def kill(self, number: int) -> None:
        """Send SIGKILL to one of them."""
        self.kept[number].process.kill()


def named(key: str) -> str:
    """Return the whole key of an entry of the test."""
    return f"{SOURCE}.{key}"


def entry(key: str, cron: str = "* * * * *", **other: Any) -> CalendarEntry:
    """Make an entry of the test."""
    return CalendarEntry(named(key), cron, ACTOR, "is a test's", **{"args": {"name": key}, **other})


def declare(folder: Path, *entries: CalendarEntry) -> None:
    """Write the table that schedulers of this folder bring when they start."""
    (folder / "entries.json").write_text(json.dumps({SOURCE: [asdict(each) for each in entries]}))


def bring(*entries: CalendarEntry) -> Brought:
    """Bring a table into the ledger, as a scheduler does when it starts."""
    return synchronise({SOURCE: entries})


def set_back(key: str, tick: datetime) -> None:
    """Let entries whose key is LIKE this one be due since a tick, as if nobody had been there to decide it."""
    rows(_SET_BACK, key=named(key), tick=tick)


def ticks(key: str = "%", outcome: str | None = None) -> list[Any]:
    """List what became of the ticks of these entries, in their order."""
    return [tick for tick in rows(_TICKS, key=named(key)) if outcome in {None, tick.outcome}]


def jobs() -> list[Any]:
    """List every job there ever was."""
    return rows(_JOBS)


def minutes_ago(minutes: float) -> datetime:
    """Return a whole minute of PostgreSQL's past."""
    return this_minute() - timedelta(minutes=minutes)


def past(*minutes: int) -> str:
    """Return an expression that was due so many minutes ago, in each hour, and is due at no other minute."""
    now = this_minute()
    return ",".join(str((now - timedelta(minutes=number)).minute) for number in minutes) + " * * * *"


def far_away() -> str:
    """Return an expression that is due once a year, half a year from now."""
    return f"0 0 1 {(this_minute().month + 5) % 12 + 1} *"


def this_minute() -> datetime:
    """Return the minute that PostgreSQL's clock shows."""
    [(minute,)] = rows("SELECT date_trunc('minute', clock_timestamp())")
    return datetime.fromtimestamp(minute.timestamp(), UTC)


@contextmanager
def one_moment() -> Iterator[None]:
    """Let all that is read inside be of one moment, whatever schedulers write meanwhile."""
    with transaction() as conn:
        conn.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
        yield


def assert_once(key: str = "%") -> None:
    """Assert that each tick that was enqueued has a job of its own, and that there is no other job of theirs."""
    with one_moment():
        decided, known = ticks(key), jobs()
    enqueued = [tick.job_id for tick in decided if tick.outcome == "enqueued"]
    assert len(enqueued) == len(set(enqueued))
    ours = {f"entry:{tick.entry}" for tick in decided}
    assert sorted(enqueued) == [job.id for job in known if job.unique_key.partition("@")[0] in ours]


def assert_unbroken(key: str, first: datetime, step: timedelta = timedelta(minutes=1)) -> int:
    """Assert that one entry's ticks follow each other from the first one up to its next; returns how many there are."""
    with one_moment():
        found = [tick.tick for tick in ticks(key)]
        [(following,)] = rows("SELECT next_tick FROM bellwork.entries WHERE key = :key", key=named(key))
    assert [first + step * number for number in range(len(found) + 1)] == [*found, following]
    return len(found)
