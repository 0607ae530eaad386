"""Entries for tests: stored ones at a moment of the test's choosing, and real ones in the ledger."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from sqlalchemy import text

from bellwork.db import ledger
from bellwork.db.engine import transaction
from bellwork.db.ledger import StoredEntry
from bellwork.db.vocabulary import CalendarEntry
from bellwork.scheduler.declare import _digest, synchronise

if TYPE_CHECKING:
    from bellwork.db.ledger import Plan
    from bellwork.scheduler.entries import Tables

#: A moment in the middle of an hour, with nothing special about it.
NOW = datetime(2026, 6, 10, 12, 30, 7, tzinfo=UTC)
_REST = dict.fromkeys(
    ("set_cron", "set_zone", "set_by", "set_why", "set_at", "paused_at", "paused_by", "pause_reason", "waiting")
)


def hourly(key: str = "t.hourly", **fields: Any) -> CalendarEntry:
    """An entry that is due at every full hour."""
    return replace(CalendarEntry(key, "0 * * * *", "t.work", "is there for a test"), **fields)


def stored(entry: CalendarEntry | None = None, *, hours: float = 1, now: datetime = NOW, **columns: Any) -> StoredEntry:
    """A stored entry whose oldest undecided tick is the full hour `hours` before the last one."""
    declared = (entry or hourly()).declared
    last = now.replace(minute=0, second=0, microsecond=0)
    times = {"next_tick": last - timedelta(hours=hours), "known_since": now, "now": now}
    held = {"busy": None, "busy_actor": declared["actor"]}
    return StoredEntry(**{**declared, **_REST, "version": 1, "retired_at": None, **held, **times, **columns})


def outcomes(plan: Plan) -> dict[str, str]:
    """What a plan makes of each tick, by the hour of its time."""
    return {f"{decision.tick:%H}": decision.outcome for decision in plan.decisions}


def bring(*entries: CalendarEntry) -> list[str]:
    """Bring a table into the ledger, as the schedulers of a release do that is alone; returns the keys it changed."""
    with transaction() as conn:
        conn.execute(text("DELETE FROM bellwork.declarations"))
    return synchronise({"t": entries}).changed


def silence(own: Tables) -> None:
    """Let eleven minutes pass in which schedulers announced these tables and no others."""
    statement = """
        UPDATE bellwork.declarations SET since = since - interval '11 minutes',
            seen_at = seen_at - CASE WHEN digest = ANY(:own) THEN interval '0' ELSE interval '11 minutes' END
    """
    with transaction() as conn:
        conn.execute(text(statement), {"own": [_digest(entries) for entries in own.values()]})


def overdue(key: str, hours: float) -> datetime:
    """Put an entry's next tick to the full hour so many hours before the last one; returns it."""
    statement = """
        UPDATE bellwork.entries SET next_tick = date_trunc('hour', now()) - make_interval(secs => :seconds)
        WHERE key = :key RETURNING next_tick
    """
    with transaction() as conn:
        found: datetime = conn.execute(text(statement), {"key": key, "seconds": hours * 3600}).scalar_one()
        return found


def next_hour() -> None:
    """Make an hour pass for the calendar: what was decided lies an hour back."""
    with transaction() as conn:
        conn.execute(text("UPDATE bellwork.ticks SET tick = tick - interval '1 hour'"))
        conn.execute(text("UPDATE bellwork.entries SET next_tick = next_tick - interval '1 hour'"))


def entry(key: str = "t.hourly") -> StoredEntry:
    """Read an entry from the ledger."""
    with transaction() as conn:
        (found,) = [each for each in ledger.list_entries(conn, retired=True) if each.key == key]
        return found


def ticks(key: str = "t.hourly") -> list[dict[str, Any]]:
    """Read an entry's ticks with their jobs, the oldest first."""
    with transaction() as conn:
        return ledger.list_ticks(conn, key, 100_000)[::-1]


def came_to(key: str = "t.hourly") -> list[str]:
    """Read what came of an entry's ticks, the oldest first."""
    return [tick["outcome"] for tick in ticks(key)]


def jobs() -> list[dict[str, Any]]:
    """Read the unfinished jobs, the oldest first."""
    with transaction() as conn:
        return ledger.list_jobs(conn, limit=10_000)[::-1]


def finish_all() -> None:
    """Finish every job, as workers would."""
    take = "UPDATE bellwork.jobs SET state = 'running', worker_id = gen_random_uuid(), claimed_at = now()"
    finish = "SELECT bellwork.finish(id, attempt, (extract(epoch FROM claimed_at) * 1e6)::int8) FROM bellwork.jobs"
    with transaction() as conn:
        conn.execute(text(take))
        conn.execute(text(finish))


def fail(key: str, reason: str) -> int:
    """Let the unfinished job of an entry end dead, as a worker would; returns its id."""
    with transaction() as conn:
        named = {"key": f"entry:{key}"}
        (job,) = conn.execute(text("SELECT id FROM bellwork.jobs WHERE unique_key = :key"), named).scalars()
        worker = ledger.Worker(uuid4(), "here", 1, 1, [], {})
        ledger.register_worker(conn, worker, 60)
        [claimed] = ledger.claim(conn, worker.id, [job], ["t.work"])
        ledger.mark_dead(conn, claimed.held, reason)
        return int(job)


def changes(key: str = "t.hourly") -> list[tuple[str, str, str]]:
    """Read who changed what of an entry and why, the oldest first."""
    with transaction() as conn:
        found = ledger.list_changes(conn, key, 1_000)[::-1]
        return [(change["what"], change["who"], change["why"]) for change in found]
