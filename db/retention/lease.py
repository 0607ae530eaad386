"""One run of a rule at a time: a sweep holds the lease of its rule, and each batch proves that it still does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import text

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

#: Seconds without a renewal after which another sweep may go on; a slow upload takes 90.
SECONDS = 300
# A later attempt of the same job goes on at once: the one before it is dead, or has lost its lease of the job.
_TAKE = text("""
INSERT INTO bellwork.retention AS r (rule, held_by, held_attempt, held_until)
VALUES (:rule, :holder, :attempt, now() + make_interval(secs => :lease))
ON CONFLICT (rule) DO UPDATE
SET held_by = excluded.held_by, held_attempt = excluded.held_attempt, held_until = excluded.held_until
WHERE r.held_until IS NULL OR r.held_until <= now() OR (r.held_by = :holder AND r.held_attempt < :attempt)
RETURNING rule
""")
_HELD = text("""
SELECT held_by, greatest(extract(epoch FROM held_until - now()), 1) AS seconds FROM bellwork.retention
WHERE rule = :rule AND held_by IS NOT NULL
""")
_RENEW = text("""
UPDATE bellwork.retention SET held_until = now() + make_interval(secs => :lease)
WHERE rule = :rule AND held_by = :holder AND held_attempt = :attempt
""")
_RELEASE = text("""
UPDATE bellwork.retention SET held_by = NULL, held_attempt = NULL, held_until = NULL, ran_by = held_by, ran_at = now(),
    rows = :rows, total = total + :rows, unfinished = :unfinished, error = left(:error, 1000)
WHERE rule = :rule AND held_by = :holder AND held_attempt = :attempt
""")
_NOTE = text("""
INSERT INTO bellwork.retention AS r (rule, ran_by, ran_at, rows, total, error)
VALUES (:rule, :holder, now(), :rows, :rows, left(:error, 1000))
ON CONFLICT (rule) DO UPDATE SET ran_by = excluded.ran_by, ran_at = now(), rows = excluded.rows,
    total = r.total + excluded.rows, unfinished = false, error = excluded.error
""")
_LAST = text("SELECT rule, ran_by, ran_at, rows, total, unfinished, error, held_by FROM bellwork.retention")


class SweepLeaseLost(RuntimeError):  # noqa: N818 - it names what happened
    """Another sweep holds the lease of this rule: nothing of the batch is written."""


@dataclass(frozen=True)
class Holder:
    """The process that sweeps: a job with the number of its attempt, or a command."""

    name: str
    attempt: int = 1


@dataclass(frozen=True)
class SweepLease:
    """The lease of a rule; with `seconds`, another holder's, and for how long it is valid at most."""

    rule: str
    holder: Holder
    seconds: float | None = None


@dataclass(frozen=True)
class LastRun:
    """How the last run of a rule went, and the holder of its lease now."""

    rule: str
    ran_by: str | None
    ran_at: datetime | None
    rows: int
    total: int
    unfinished: bool
    error: str | None
    held_by: str | None


def acquire_lease(conn: Connection, rule: str, holder: Holder) -> SweepLease:
    """Acquire the lease of a rule, unless another sweep holds it: then the answer has `seconds`."""
    if conn.execute(_TAKE, _asked(rule, holder)).scalar():
        return SweepLease(rule, holder)
    other = conn.execute(_HELD, {"rule": rule}).one_or_none()
    return SweepLease(rule, Holder(other.held_by), float(other.seconds)) if other else SweepLease(rule, holder, 1.0)


def renew_lease(conn: Connection, lease: SweepLease) -> None:
    """Renew the lease at the head of a transaction, which proves that it is still held; raises SweepLeaseLost."""
    if conn.execute(_RENEW, _asked(lease.rule, lease.holder)).rowcount != 1:
        raise SweepLeaseLost(
            f"{lease.holder.name} no longer holds the rule {lease.rule!r}; another sweep goes on with it"
        )


def release_lease(conn: Connection, lease: SweepLease, *, rows: int, unfinished: bool, error: str | None) -> None:
    """Release the lease and record how the run went; does nothing where another sweep holds it by now."""
    said = {"rows": rows, "unfinished": unfinished, "error": error}
    conn.execute(_RELEASE, _asked(lease.rule, lease.holder) | said)


def note_run(conn: Connection, rule: str, holder: Holder, *, rows: int, error: str | None) -> None:
    """Record how a run went that was one transaction, and needed no lease."""
    conn.execute(_NOTE, {"rule": rule, "holder": holder.name, "rows": rows, "error": error})


def last_runs(conn: Connection) -> dict[str, LastRun]:
    """Return how each rule's last run went."""
    return {row.rule: LastRun(*row) for row in conn.execute(_LAST)}


def _asked(rule: str, holder: Holder) -> dict[str, str | int | bool | None]:
    return {"rule": rule, "holder": holder.name, "attempt": holder.attempt, "lease": SECONDS}
