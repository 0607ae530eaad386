"""Entries for tests: stored ones at a moment of the test's choosing, and real ones in the books."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from sqlalchemy import text

from db import ledger
from db.engine import transaction
from db.ledger import StoredEntry
from scheduler import Entry
from scheduler.declare import synchronise

if TYPE_CHECKING:
    from db.ledger import Plan

#: A moment in the middle of an hour, with nothing special about it.
NOW = datetime(2026, 6, 10, 12, 30, 7, tzinfo=UTC)
_REST = dict.fromkeys(
    ("set_cron", "set_zone", "set_by", "set_why", "set_at", "paused_at", "paused_by", "pause_reason", "waiting")
)


def hourly(key: str = "t.hourly", **fields: Any) -> Entry:
    """An entry that is due at every full hour."""
    return replace(Entry(key, "0 * * * *", "t.work", "is there for a test"), **fields)


def stored(entry: Entry | None = None, *, hours: float = 1, now: datetime = NOW, **columns: Any) -> StoredEntry:
    """An entry of the books whose oldest undecided tick is the full hour `hours` before the last one."""
    declared = asdict(entry or hourly())
    last = now.replace(minute=0, second=0, microsecond=0)
    times = {"next_tick": last - timedelta(hours=hours), "known_since": now, "now": now}
    return StoredEntry(**{**declared, **_REST, "version": 1, "retired_at": None, "busy": None, **times, **columns})


def outcomes(plan: Plan) -> dict[str, str]:
    """What a plan makes of each tick, by the hour of its time."""
    return {f"{decision.tick:%H}": decision.outcome for decision in plan.decisions}


def bring(*entries: Entry) -> list[str]:
    """Bring a table into the books, as a scheduler does at its start."""
    return synchronise(entries)


def overdue(key: str, hours: float) -> datetime:
    """Put an entry's next tick to the full hour so many hours before the last one; returns it."""
    statement = """
        UPDATE bellwork.entries SET next_tick = date_trunc('hour', now()) - make_interval(secs => :seconds)
        WHERE key = :key RETURNING next_tick
    """
    with transaction() as conn:
        found: datetime = conn.execute(text(statement), {"key": key, "seconds": hours * 3600}).scalar_one()
        return found


def entry(key: str = "t.hourly") -> StoredEntry:
    """Read an entry from the books."""
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
        (job,) = conn.execute(text("SELECT id FROM bellwork.jobs WHERE unique_key = :key"), {"key": key}).scalars()
        worker = ledger.Worker(uuid4(), "here", 1, 1, [], {})
        ledger.register_worker(conn, worker, 60)
        [claimed] = ledger.claim(conn, worker.id, [job], ["t.work"])
        ledger.bury(conn, claimed.held, reason)
        return int(job)


def changes(key: str = "t.hourly") -> list[tuple[str, str, str]]:
    """Read who changed what of an entry and why, the oldest first."""
    with transaction() as conn:
        found = ledger.list_changes(conn, key, 1_000)[::-1]
        return [(change["what"], change["who"], change["why"]) for change in found]
