"""What a test does to the ledger beside its verbs: read it whole, empty it, let hours pass, strike a worker dumb."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import text

from bellwork.db.engine import single_statements, transaction

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

R = TypeVar("R")

_COLUMNS = """
id, state, queue, actor, priority, unique_key, attempt, retries, crashes, jsonb_array_length(errors) AS errors,
worker_id
"""
_READ = f"""
SELECT id, queue, actor, priority, unique_key, CASE WHEN later THEN 'scheduled' ELSE CAST(state AS text) END AS state,
       attempt, retries, crashes, lost, errors, worker_id, reason
FROM (SELECT {_COLUMNS}, lost, NULL AS reason, state = 'available' AND run_at > now() AS later FROM bellwork.jobs
      UNION ALL SELECT {_COLUMNS}, 0, reason, false FROM bellwork.finished_jobs) j
"""  # noqa: S608 - only our own constant is put in
_TABLES = ("jobs", "finished_jobs", "workers", "queues")
# The instant of a claim is part of what its attempt has to show, so it stays.
_TIMES = {"jobs": ("run_at", "created_at"), "workers": ("expires_at",)}


def act(verb: Callable[..., R], *words: Any) -> R:
    """Let a verb of the ledger act in a transaction of its own."""
    with transaction() as conn:
        return verb(conn, *words)


def run(statement: str, **asked: Any) -> None:
    """Run a statement in a transaction of its own."""
    with transaction() as conn:
        conn.execute(text(statement), asked)


def ask(statement: str, **asked: Any) -> Any:
    """Return the one value that a statement answers, in a transaction of its own."""
    with transaction() as conn:
        return conn.execute(text(statement), asked).scalar_one()


def read_jobs() -> dict[int, tuple[Any, ...]]:
    """Return every job there is, finished or not, with all that anybody can see of it but its times."""
    with single_statements() as conn:
        return {row[0]: tuple(row[1:]) for row in conn.execute(text(_READ))}


def read_workers() -> dict[UUID, bool]:
    """Return the workers, and whether the lease of each has run out."""
    with single_statements() as conn:
        return {row[0]: row[1] for row in conn.execute(text("SELECT id, expires_at < now() FROM bellwork.workers"))}


def empty() -> None:
    """Make the ledger empty."""
    for table in _TABLES:
        run(f"DELETE FROM bellwork.{table}")  # noqa: S608 - the tables stand above


def let_pass(hours: int) -> None:
    """Let hours pass: PostgreSQL's clock cannot be moved, but what is due and whose lease runs can."""
    for table, columns in _TIMES.items():
        moved = ", ".join(f"{column} = {column} - make_interval(hours => :hours)" for column in columns)
        run(f"UPDATE bellwork.{table} SET {moved}", hours=hours)  # noqa: S608 - the tables and columns stand above


def strike_dumb(worker: UUID) -> None:
    """Let a worker's lease have run out."""
    run("UPDATE bellwork.workers SET expires_at = now() - interval '1 second' WHERE id = :id", id=worker)
