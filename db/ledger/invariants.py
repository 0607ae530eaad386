"""What is true of a healthy ledger at every moment, whatever was killed or cut off: each law is one query."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bellwork.db.engine import psycopg_of
from bellwork.db.ledger.jobs import KEPT_ERRORS
from bellwork.db.settings import settings

if TYPE_CHECKING:
    from sqlalchemy import Connection

#: Ids that a sentence names.
_NAMED = 5
#: `every_job` is both tables with the columns they share; `finished_at` of an unfinished job is NULL.
_FOUND = """
WITH every_job AS (
    SELECT id, state, attempt, retries, crashes, lost, errors, run_at, claimed_at, created_at, NULL AS finished_at
    FROM bellwork.jobs UNION ALL
    SELECT id, state, attempt, retries, crashes, 0, errors, run_at, claimed_at, created_at, finished_at
    FROM bellwork.finished_jobs)
SELECT DISTINCT id FROM ({}) found ORDER BY id LIMIT %(named)s + 1
"""


@dataclass(frozen=True)
class Law:
    """What is said of the jobs that break it, and the query that finds them."""

    broken: str
    query: str


LAWS = (
    Law(
        "running without a worker, a claim or a counted attempt",
        "SELECT id FROM bellwork.jobs WHERE state = 'running' AND"
        " (worker_id IS NULL OR claimed_at IS NULL OR attempt < 1)",
    ),
    Law(
        "available, yet held by a worker",
        "SELECT id FROM bellwork.jobs WHERE state = 'available' AND (worker_id IS NOT NULL OR claimed_at IS NOT NULL)",
    ),
    Law(
        "finished and unfinished at the same time",
        "SELECT id FROM bellwork.jobs JOIN bellwork.finished_jobs USING (id)",
    ),
    Law("finished more than once", "SELECT id FROM bellwork.finished_jobs GROUP BY id HAVING count(*) > 1"),
    Law(
        "unfinished with a unique_key that another unfinished job has",
        "SELECT id FROM bellwork.jobs WHERE unique_key IN ("
        " SELECT unique_key FROM bellwork.jobs GROUP BY unique_key HAVING count(*) > 1)",
    ),
    # One attempt counts one failure, one crash or one loss at most; snoozes and hand-backs count attempts alone. The
    # attempt that runs, succeeded or was the last has counted none of them.
    Law(
        "more failures and crashes than attempts",
        "SELECT id FROM every_job WHERE retries < 0 OR crashes < 0 OR lost < 0"
        " OR attempt < retries + crashes + lost + CASE WHEN state IN ('running', 'done', 'dead') THEN 1 ELSE 0 END",
    ),
    # The fence: what an attempt writes holds only while no later one was claimed.
    Law(
        "written by an attempt older than one whose error is kept",
        "SELECT id FROM every_job,"
        " jsonb_array_elements(CASE jsonb_typeof(errors) WHEN 'array' THEN errors ELSE '[]' END) AS kept(error)"
        " WHERE CAST(error ->> 'attempt' AS integer) > attempt",
    ),
    Law(
        f"more than {KEPT_ERRORS} errors kept",
        "SELECT id FROM every_job WHERE jsonb_typeof(errors) <> 'array' OR jsonb_array_length(errors) > %(kept)s",
    ),
    Law(
        "done or dead without an attempt that a worker made",
        "SELECT id FROM bellwork.finished_jobs WHERE state IN ('done', 'dead')"
        " AND (attempt < 1 OR worker_id IS NULL OR claimed_at IS NULL)",
    ),
    Law("dead without a reason", "SELECT id FROM bellwork.finished_jobs WHERE state = 'dead' AND reason IS NULL"),
    # An operator's transaction may have begun before the job that it cancels, and finishes it as of its beginning.
    Law(
        "created, claimed and finished in another order, or claimed before its time",
        "SELECT id FROM every_job WHERE created_at > clock_timestamp() OR claimed_at > clock_timestamp()"
        " OR claimed_at < greatest(created_at, run_at)"
        " OR (state <> 'cancelled' AND finished_at < greatest(created_at, claimed_at))",
    ),
    # What a restart of PostgreSQL kept from beating is given its time anew.
    Law(
        "running, though its worker fell silent too long ago",
        "SELECT j.id FROM bellwork.jobs j LEFT JOIN bellwork.workers w ON w.id = j.worker_id"
        " WHERE j.state = 'running' AND make_interval(secs => %(bound)s) < clock_timestamp()"
        " - greatest(coalesce(w.expires_at, j.claimed_at), pg_postmaster_start_time())",
    ),
)


def broken(conn: Connection) -> list[str]:
    """Name every broken invariant of the ledger in a sentence with up to five job ids; nothing where all is well.

    It reads the whole history, and is right at any moment, also under load: what a rescue may still mend within
    its bound is not broken yet.
    """
    return [sentence for law in LAWS if (sentence := _judged(conn, law))]


def rescue_bound() -> float:
    """Return the seconds after which a silent worker's jobs must be available again.

    After a silence of PostgreSQL every rescuer first waits one lease; the rest is for a busy machine.
    """
    return 2 * settings().lease + 10


def _judged(conn: Connection, law: Law) -> str | None:
    asked = {"named": _NAMED, "kept": KEPT_ERRORS, "bound": rescue_bound()}
    ids = [str(row[0]) for row in psycopg_of(conn).execute(_FOUND.format(law.query).encode(), asked).fetchall()]
    if not ids:
        return None
    jobs = "job" if len(ids) == 1 else "jobs"
    return f"{law.broken}: {jobs} {', '.join(ids[:_NAMED])}{', …' if len(ids) > _NAMED else ''}"
