"""The ledger's verbs in words short enough for tests, each in a transaction of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from sqlalchemy import text

from bellwork.db import ledger
from bellwork.db.engine import transaction
from bellwork.db.ledger import NewJob, Worker

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bellwork.db.ledger import Claimed

ACTOR = "t.listed"


def put(*jobs: NewJob) -> list[int]:
    """Enqueue jobs (one of ACTOR where none is given) and return the ids of all unfinished jobs, the oldest first."""
    with transaction() as conn:
        ledger.enqueue(conn, jobs or [NewJob(ACTOR)])
        return list(conn.execute(text("SELECT id FROM bellwork.jobs ORDER BY id")).scalars())


def appear(*actors: str, lease: float = 60, limit: float | None = None) -> UUID:
    """Register a worker that knows `actors` (ACTOR by default), each with a hard limit of `limit` seconds."""
    worker = Worker(uuid4(), "here", 1, 1, ["default"], dict.fromkeys(actors or (ACTOR,), limit))
    with transaction() as conn:
        ledger.register_worker(conn, worker, lease)
    return worker.id


def claim(worker: UUID, ids: Sequence[int], *actors: str) -> list[Claimed]:
    """Claim by id for `actors`, ACTOR by default."""
    with transaction() as conn:
        return ledger.claim(conn, worker, ids, actors or (ACTOR,))


def claim_one() -> Claimed:
    """Enqueue one job and claim it with a worker of its own."""
    [job] = put()[-1:]
    return claim(appear(), [job])[0]


def show(job: int) -> dict[str, Any]:
    """Return a job's row, finished or not."""
    with transaction() as conn:
        row = ledger.show_job(conn, job)
    assert row is not None
    return row


def states() -> dict[int, str]:
    """Tell the state of every job there is, finished or not."""
    with transaction() as conn:
        return {job["id"]: job["state"] for job in ledger.list_jobs(conn, limit=10_000)}


def count(table: str = "jobs") -> int:
    """Count the rows of one of the ledger's tables."""
    with transaction() as conn:
        return int(conn.execute(text(f"SELECT count(*) FROM bellwork.{table}")).scalar_one())  # noqa: S608 - ours
