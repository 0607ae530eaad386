"""What the tests of faults stand on: product tables, a folder for artefacts, and how to read what became of a job."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from bellwork.db.engine import transaction

if TYPE_CHECKING:
    from pathlib import Path

#: A generous bound for one recovery on a busy machine, in seconds; the promise is 5.
RECOVERY = 10.0
#: For everything else that is bound to happen, in seconds.
PATIENCE = 40.0

_TABLES = """
CREATE TABLE requests (name text PRIMARY KEY, status text NOT NULL, history text[] NOT NULL);
CREATE TABLE effects (job_id bigint NOT NULL, what text NOT NULL);
"""
_JOBS = """
SELECT args ->> 'name' AS name, actor, state::text, attempt, retries, crashes, reason, worker_id FROM (
    SELECT args, actor, state, attempt, retries, crashes, NULL AS reason, worker_id FROM bellwork.jobs UNION ALL
    SELECT args, actor, state, attempt, retries, crashes, reason, worker_id FROM bellwork.finished_jobs) j
WHERE actor LIKE 'faults.%' AND args ->> 'name' LIKE :name
"""


@dataclass(frozen=True)
class Note:
    """One line that an actor wrote into the log of the folder, at once and for good."""

    what: str
    name: str
    attempt: int
    pid: int


def create() -> None:
    """Create the product's tables."""
    with transaction() as conn:
        conn.execute(text(_TABLES))


def rows(statement: str, **asked: Any) -> list[Any]:
    """Return what a statement finds."""
    with transaction() as conn:
        found = conn.execute(text(statement), asked)
        return list(found.all()) if found.returns_rows else []


def jobs(name: str, state: str | None = None) -> list[Any]:
    """List the jobs whose argument `name` is LIKE the one given, finished or not."""
    return [job for job in rows(_JOBS, name=name) if state in {None, job.state}]


def effects(what: str) -> list[str]:
    """List the committed effects that are LIKE the one given, sorted."""
    return sorted(row.what for row in rows("SELECT what FROM effects WHERE what LIKE :what", what=what))


def notes(folder: Path, what: str, name: str) -> list[Note]:
    """List the lines of one kind about one job."""
    path = folder / "notes"
    lines = [line.split() for line in path.read_text().splitlines()] if path.exists() else []
    return [Note(what, name, int(line[2]), int(line[3])) for line in lines if line[:2] == [what, name]]


def workers() -> list[Any]:
    """List the worker processes that are registered."""
    return rows("SELECT id, pid, master_pid FROM bellwork.workers")


def worker_of(name: str) -> Any:
    """Return the worker that runs a job."""
    [job] = jobs(name, "running")
    return next(worker for worker in workers() if worker.id == job.worker_id)
