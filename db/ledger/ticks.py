"""What came of each nominal time of an entry: a row a tick, written in the transaction that enqueues its job."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from bellwork.db.ledger.control import cancel
from bellwork.db.ledger.enqueue import enqueue
from bellwork.db.ledger.entries import update_entry
from bellwork.db.ledger.jobs import NewJob
from bellwork.db.own import TICKS
from bellwork.db.partitions import create_for

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from bellwork.db.ledger.entries import StoredEntry
    from bellwork.db.ledger.jobs import Due

# Functions, for operators act on entries too, and may write no tick themselves.
_DECIDE = text("""
SELECT bellwork.decide_ticks(
    :entry, CAST(:ticks AS timestamptz[]), CAST(:outcomes AS text[]), CAST(:reasons AS text[]), :by)
""")
_SETTLE = text("SELECT bellwork.settle_tick(:entry, :tick, :outcome, :reason, :by)")
_NAME_JOBS = text("SELECT bellwork.name_tick_jobs(:entry, CAST(:ticks AS timestamptz[]), CAST(:keys AS text[]))")
_HISTORY = text("""
SELECT * FROM bellwork.tick_history WHERE entry = :entry AND (outcome <> 'enqueued' OR NOT :silent)
ORDER BY tick DESC LIMIT :limit
""")
_RECENT = text("""
SELECT recent.* FROM bellwork.entries e, LATERAL (
    SELECT * FROM bellwork.tick_history h WHERE h.entry = e.key AND h.tick <= now() ORDER BY h.tick DESC LIMIT :each
    ) recent
WHERE e.retired_at IS NULL ORDER BY recent.entry, recent.tick DESC
""")
_LAST = text("""
SELECT last.* FROM bellwork.entries e, LATERAL (
    SELECT entry, tick, outcome, reason FROM bellwork.ticks t
    WHERE t.entry = e.key AND t.tick <= now() ORDER BY t.tick DESC LIMIT 1) last
""")

_OVERLAPPING = text("""
SELECT e.key FROM bellwork.entries e, LATERAL (
    SELECT count(*) FILTER (WHERE outcome = 'overlapped') AS overlapped FROM (
        SELECT outcome FROM bellwork.ticks t WHERE t.entry = e.key AND t.tick <= now() ORDER BY t.tick DESC LIMIT :times
    ) AS last) AS counted
WHERE e.retired_at IS NULL AND counted.overlapped = :times ORDER BY e.key
""")


class ConcurrentUpdate(RuntimeError):  # noqa: N818 - no fault: another transaction was faster
    """The ledger changed between the decision and its writing; nothing is written, and the next round decides anew."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What is to become of one tick; `key` is the unique key of its job, where it gets one."""

    tick: datetime
    outcome: str
    reason: str | None = None
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to become of the due ticks of an entry, and when it is due again.

    `settled` decides the tick that waited, `waiting` is the one that waits from now on, `cancel` the job to be
    cancelled first.
    """

    decisions: tuple[Decision, ...]
    next_tick: datetime
    settled: Decision | None = None
    waiting: datetime | None = None
    cancel: int | None = None


def write_plan(conn: Connection, entry: StoredEntry, plan: Plan, by: str) -> list[Due]:
    """Write the ticks, their jobs and the next tick, in the caller's transaction; returns the jobs that are due.

    A tick that has a row already gets no job. Raises ConcurrentUpdate if a job's key was taken meanwhile; RefusedJob
    for arguments that no job can have.
    """
    if plan.cancel is not None:
        cancel(conn, [plan.cancel], f"a newer tick of {entry.key!r} took its place")
    chosen = _settle(conn, entry.key, plan.settled, by) + _insert(conn, entry.key, plan.decisions, by)
    due = _enqueue(conn, entry, [decision for decision in chosen if decision.key])
    update_entry(conn, entry.key, next_tick=plan.next_tick, waiting=plan.waiting)
    return due


def list_ticks(conn: Connection, entry: str, limit: int, *, silent: bool = False) -> list[dict[str, Any]]:
    """List the newest ticks of an entry with their jobs, the newest first; with `silent`, those that did not run."""
    asked = {"entry": entry, "limit": limit, "silent": silent}
    return [dict(row) for row in conn.execute(_HISTORY, asked).mappings()]


def last_ticks(conn: Connection) -> dict[str, dict[str, Any]]:
    """Return the last tick of each entry, by key; ticks skipped in advance are none yet."""
    return {row["entry"]: dict(row) for row in conn.execute(_LAST).mappings()}


def recent_ticks(conn: Connection, each: int) -> dict[str, list[dict[str, Any]]]:
    """Return the newest ticks of each entry with their jobs, by key, the newest first; none that lie ahead."""
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in conn.execute(_RECENT, {"each": each}).mappings():
        found[row["entry"]].append(dict(row))
    return found


def overlapping(conn: Connection, times: int) -> list[str]:
    """List the keys of entries whose last ticks, so many in a row, gave way to a job that is unfinished."""
    return list(conn.execute(_OVERLAPPING, {"times": times}).scalars())


def _settle(conn: Connection, entry: str, settled: Decision | None, by: str) -> list[Decision]:
    if settled is None:
        return []
    asked = {"tick": settled.tick, "outcome": settled.outcome, "reason": settled.reason}
    found = conn.execute(_SETTLE, {"entry": entry, "by": by, **asked}).all()
    return [settled] if found else []


def _insert(conn: Connection, entry: str, decisions: Sequence[Decision], by: str) -> list[Decision]:
    """Insert the rows; returns the decisions that are new."""
    if not decisions:
        return []
    ticks = [decision.tick for decision in decisions]
    create_for(conn, TICKS, ticks)
    columns = {"ticks": ticks, "outcomes": [d.outcome for d in decisions], "reasons": [d.reason for d in decisions]}
    new = set(conn.execute(_DECIDE, {"entry": entry, "by": by, **columns}).scalars())
    return [decision for decision in decisions if decision.tick in new]


def _enqueue(conn: Connection, entry: StoredEntry, decisions: Sequence[Decision]) -> list[Due]:
    if not decisions:
        return []
    jobs = [NewJob(actor=entry.actor, args=entry.args, unique_key=decision.key) for decision in decisions]
    due = enqueue(conn, jobs)
    if len(due) < len(jobs):
        raise ConcurrentUpdate(f"a job with a key of {entry.key!r} appeared meanwhile")
    columns = {"ticks": [d.tick for d in decisions], "keys": [d.key for d in decisions]}
    conn.execute(_NAME_JOBS, {"entry": entry.key, **columns})
    return due
