"""The soak's own tables: orders, each placed in one transaction with its first job, and the effects of its jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import text

from bellwork.db.ledger import MOST_LOST, suspicious_from

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy import Connection

_TABLES = """
CREATE SCHEMA bellwork_soak;
CREATE TABLE bellwork_soak.orders (
    id text PRIMARY KEY,
    kind text NOT NULL,
    status text NOT NULL DEFAULT 'ordered',
    history text[] NOT NULL DEFAULT '{ordered}'
);
-- No key and no constraint: what is written twice has to be seen twice.
CREATE TABLE bellwork_soak.effects (order_id text NOT NULL, step text NOT NULL, job_id bigint, attempt integer);
CREATE TABLE bellwork_soak.answers (worker_id uuid, thread bigint, PRIMARY KEY (worker_id, thread));
"""
_PLACE = "INSERT INTO bellwork_soak.orders (id, kind) VALUES (:id, :kind) ON CONFLICT DO NOTHING"
_EFFECT = "INSERT INTO bellwork_soak.effects VALUES (:id, :step, :job, :attempt)"
_ADVANCE = """
UPDATE bellwork_soak.orders SET status = CAST(:step AS text), history = history || CAST(:step AS text)
WHERE id = :id AND status = :before
"""
# One that saw half of its crashes or losses is handed back each second until a process is empty: those are not counted.
_JOBS = """
SELECT id, args ->> 'order' AS order_id, actor, state::text, reason, attempt,
       CASE WHEN crashes >= :crashes OR (SELECT count(*) FROM jsonb_array_elements(errors) e
                                         WHERE e ->> 'error' LIKE '%lease ran out') >= :lost THEN 0
            ELSE attempt - counted END AS uncounted FROM (
    SELECT id, args, actor, state, NULL AS reason, attempt, retries + crashes + lost AS counted, crashes, errors
    FROM bellwork.jobs
    UNION ALL
    SELECT id, args, actor, state, reason, attempt, retries + crashes AS counted, crashes, errors
    FROM bellwork.finished_jobs) j
WHERE actor LIKE 'soak.%'
"""
_UNFINISHED = "SELECT count(*) FROM bellwork.jobs WHERE actor LIKE 'soak.%'"
_PICK = "SELECT id FROM bellwork.jobs WHERE actor LIKE 'soak.%' ORDER BY random() LIMIT :most"
_ENDED = "SELECT EXISTS (SELECT FROM bellwork.finished_jobs WHERE unique_key = :key)"
_TERMINATE = """
SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND random() < :share
"""


class Order(NamedTuple):
    """A business row as it stands."""

    id: str
    kind: str
    status: str
    history: list[str]


class Effect(NamedTuple):
    """What one attempt at a job left behind; on_dead leaves it without a job."""

    order_id: str
    step: str
    job_id: int | None
    attempt: int | None = None


class Job(NamedTuple):
    """A job of the soak, finished or not; `uncounted` attempts ended neither in a failure nor in a crash.

    They are 0 for a job that has to run alone.
    """

    id: int
    order_id: str
    actor: str
    state: str
    reason: str | None
    attempt: int
    uncounted: int


def create(conn: Connection) -> None:
    """Create the tables in a schema of their own."""
    conn.execute(text(_TABLES))


def place(conn: Connection, order: str, kind: str) -> bool:
    """Write an order down; False where an earlier try has."""
    return bool(conn.execute(text(_PLACE), {"id": order, "kind": kind}).rowcount)


def leave_effect(conn: Connection, order: str, step: str, job: int | None, attempt: int | None = None) -> None:
    """Write an effect, of an attempt at a job where it has one."""
    conn.execute(text(_EFFECT), {"id": order, "step": step, "job": job, "attempt": attempt})


def advance(  # noqa: PLR0913, PLR0917 - which order, from where to where, and by which attempt
    conn: Connection, order: str, before: str, step: str, job: int | None, attempt: int | None = None
) -> None:
    """Move an order on by compare-and-set, and write the effect whether that succeeded or not: twice would show."""
    conn.execute(text(_ADVANCE), {"id": order, "before": before, "step": step})
    leave_effect(conn, order, step, job, attempt)


def stand_still(conn: Connection) -> None:
    """Show this transaction one moment for as long as it takes to judge it, on a busy machine, too."""
    conn.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
    conn.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))


def list_orders(conn: Connection) -> list[Order]:
    """List every order."""
    return [Order(*row) for row in conn.execute(text("SELECT id, kind, status, history FROM bellwork_soak.orders"))]


def list_effects(conn: Connection) -> list[Effect]:
    """List every effect, each as often as it was written."""
    return [
        Effect(*row) for row in conn.execute(text("SELECT order_id, step, job_id, attempt FROM bellwork_soak.effects"))
    ]


def list_jobs(conn: Connection) -> list[Job]:
    """List every job of the soak, finished or not."""
    suspicious = {"crashes": suspicious_from(), "lost": MOST_LOST // 2}
    return [Job(*row) for row in conn.execute(text(_JOBS), suspicious)]


def unfinished(conn: Connection) -> int:
    """Count the soak's jobs that have not ended."""
    return int(conn.execute(text(_UNFINISHED)).scalar_one())


def pick_unfinished(conn: Connection, most: int) -> list[int]:
    """Return the ids of up to `most` of them, whichever."""
    return list(conn.execute(text(_PICK), {"most": most}).scalars())


def has_ended(conn: Connection, key: str) -> bool:
    """Tell whether a job with this unique_key has finished."""
    return bool(conn.execute(text(_ENDED), {"key": key}).scalar_one())


def answer(conn: Connection, worker: UUID, thread: int) -> None:
    """Note that a worker's thread took a job."""
    statement = "INSERT INTO bellwork_soak.answers VALUES (:worker, :thread) ON CONFLICT DO NOTHING"
    conn.execute(text(statement), {"worker": worker, "thread": thread})


def count_answers(conn: Connection) -> int:
    """Count the threads that took a job."""
    return int(conn.execute(text("SELECT count(*) FROM bellwork_soak.answers")).scalar_one())


def terminate_backends(conn: Connection, share: float) -> int:
    """Let PostgreSQL end this share of all other sessions; returns how many that were."""
    return int(conn.execute(text(_TERMINATE), {"share": share}).scalar_one())
