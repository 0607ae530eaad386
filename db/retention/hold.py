"""One run of a rule at a time: whoever sweeps holds the rule by a lease, and each batch proves that it still does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import text

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

#: Seconds without a sign of life after which somebody else may go on; an upload that is slow takes 90.
LEASE = 300
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


class HoldLost(RuntimeError):  # noqa: N818 - it names what happened
    """Somebody else goes on with this rule: nothing of the batch is written."""


@dataclass(frozen=True)
class Holder:
    """Who sweeps: a job with the number of its attempt, or somebody at the command line."""

    name: str
    attempt: int = 1


@dataclass(frozen=True)
class Hold:
    """A rule that is held; or, with `seconds`, by whom else it is, and for how long it will be at most."""

    rule: str
    holder: Holder
    seconds: float | None = None


@dataclass(frozen=True)
class LastRun:
    """How the last run of a rule went, and who is at it now."""

    rule: str
    ran_by: str | None
    ran_at: datetime | None
    rows: int
    total: int
    unfinished: bool
    error: str | None
    held_by: str | None


def take_hold(conn: Connection, rule: str, holder: Holder) -> Hold:
    """Take the rule, unless somebody else has it: then the answer has `seconds`."""
    if conn.execute(_TAKE, _asked(rule, holder)).scalar():
        return Hold(rule, holder)
    other = conn.execute(_HELD, {"rule": rule}).one_or_none()
    return Hold(rule, Holder(other.held_by), float(other.seconds)) if other else Hold(rule, holder, 1.0)


def renew_hold(conn: Connection, hold: Hold) -> None:
    """Prove at the head of a transaction that the rule is still held, and go on holding it; raises HoldLost."""
    if conn.execute(_RENEW, _asked(hold.rule, hold.holder)).rowcount != 1:
        raise HoldLost(f"{hold.holder.name} no longer holds the rule {hold.rule!r}; somebody else goes on with it")


def release_hold(conn: Connection, hold: Hold, *, rows: int, unfinished: bool, error: str | None) -> None:
    """Let go of the rule and say how the run went; does nothing where somebody else has it by now."""
    said = {"rows": rows, "unfinished": unfinished, "error": error}
    conn.execute(_RELEASE, _asked(hold.rule, hold.holder) | said)


def note_run(conn: Connection, rule: str, holder: Holder, *, rows: int, error: str | None) -> None:
    """Say how a run went that was one transaction, and needed no hold."""
    conn.execute(_NOTE, {"rule": rule, "holder": holder.name, "rows": rows, "error": error})


def last_runs(conn: Connection) -> dict[str, LastRun]:
    """Return how each rule's last run went."""
    return {row.rule: LastRun(*row) for row in conn.execute(_LAST)}


def _asked(rule: str, holder: Holder) -> dict[str, str | int | bool | None]:
    return {"rule": rule, "holder": holder.name, "attempt": holder.attempt, "lease": LEASE}
