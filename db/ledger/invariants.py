"""What is true of a healthy ledger at every moment, whatever was killed or cut off: each invariant is one query."""

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
#: Ids of every job there is.
EVERY_ID = range(-(2**63), 2**63)
# Each row is read once, whatever the number of invariants. `every_job` is both tables with the columns that these
# speak of; what one of them has not is NULL there, or 0.
_FOUND = """
WITH unfinished AS MATERIALIZED (
    SELECT id, state, attempt, retries, crashes, lost, errors, run_at, worker_id, claimed_at, created_at,
           NULL::timestamptz AS finished_at, NULL AS reason
    FROM bellwork.jobs WHERE id BETWEEN %(first)s AND %(last)s),
finished AS MATERIALIZED (
    SELECT id, state, attempt, retries, crashes, 0 AS lost, errors, run_at, worker_id, claimed_at, created_at,
           finished_at, reason
    FROM bellwork.finished_jobs WHERE id BETWEEN %(first)s AND %(last)s),
every_job AS (TABLE unfinished UNION ALL TABLE finished)
"""
_OF_ONE = "(SELECT DISTINCT {number} AS number, id FROM ({query}) violating ORDER BY id LIMIT %(named)s + 1)"
_BY_HAND = "nobody but Bellwork is to write these rows: find who did (a restored dump, a statement by hand)"
_AS_OWNER = "`bellwork jobs show` says what it did; as the tables' owner delete the row that is wrong"


@dataclass(frozen=True)
class Invariant:
    """What is said of the jobs that violate it, the query that finds them, and what is to be done."""

    violation: str
    query: str
    mend: str = _BY_HAND


INVARIANTS = (
    Invariant(
        "running without a worker, a claim or a counted attempt",
        "SELECT id FROM unfinished WHERE state = 'running' AND"
        " (worker_id IS NULL OR claimed_at IS NULL OR attempt < 1)",
        "nobody rescues it: `bellwork jobs cancel`, then `bellwork jobs retry`",
    ),
    Invariant(
        "available, yet held by a worker",
        "SELECT id FROM unfinished WHERE state = 'available' AND (worker_id IS NOT NULL OR claimed_at IS NOT NULL)",
    ),
    Invariant(
        "finished and unfinished at the same time", "SELECT id FROM unfinished JOIN finished USING (id)", _AS_OWNER
    ),
    Invariant("finished more than once", "SELECT id FROM finished GROUP BY id HAVING count(*) > 1", _AS_OWNER),
    # Read without the index that forbids it: a damaged index does not find what it lets in.
    Invariant(
        "unfinished with a unique_key that another unfinished job has",
        "SELECT id FROM bellwork.jobs WHERE id IN (SELECT id FROM unfinished) AND unique_key IN ("
        " SELECT unique_key FROM bellwork.jobs WHERE EXISTS (SELECT FROM unfinished)"
        " GROUP BY unique_key HAVING count(*) > 1)",
        "`bellwork jobs cancel` all but one, then REINDEX INDEX CONCURRENTLY bellwork.jobs_unique",
    ),
    # One attempt counts one failure, one crash or one loss at most; snoozes and hand-backs count attempts alone. The
    # attempt that runs, succeeded or was the last has counted none of them.
    Invariant(
        "more failures and crashes than attempts",
        "SELECT id FROM every_job WHERE retries < 0 OR crashes < 0 OR lost < 0"
        " OR attempt < retries + crashes + lost + CASE WHEN state IN ('running', 'done', 'dead') THEN 1 ELSE 0 END",
    ),
    # The fence: what an attempt writes holds only while no later one was claimed.
    Invariant(
        "written by an attempt older than one whose error is kept",
        "SELECT id FROM every_job,"
        " jsonb_array_elements(CASE jsonb_typeof(errors) WHEN 'array' THEN errors ELSE '[]' END) AS kept(error)"
        " WHERE CAST(error ->> 'attempt' AS integer) > attempt",
    ),
    Invariant(
        f"more than {KEPT_ERRORS} errors kept",
        "SELECT id FROM every_job WHERE jsonb_typeof(errors) <> 'array' OR jsonb_array_length(errors) > %(kept)s",
    ),
    Invariant(
        "done or dead without an attempt that a worker made",
        "SELECT id FROM finished WHERE state IN ('done', 'dead')"
        " AND (attempt < 1 OR worker_id IS NULL OR claimed_at IS NULL)",
    ),
    Invariant("dead without a reason", "SELECT id FROM finished WHERE state = 'dead' AND reason IS NULL"),
    # An operator's transaction may have begun before the job that it cancels, and finishes it as of its beginning.
    Invariant(
        "created, claimed and finished in another order, or claimed before its time",
        "SELECT id FROM every_job WHERE created_at > clock_timestamp() OR claimed_at > clock_timestamp()"
        " OR claimed_at < greatest(created_at, run_at)"
        " OR (state <> 'cancelled' AND finished_at < greatest(created_at, claimed_at))",
        "the clock of PostgreSQL's machine jumped, or somebody else wrote these rows; due jobs run all the same",
    ),
    # What a restart of PostgreSQL kept from beating is given its time anew.
    Invariant(
        "running, though its worker fell silent too long ago",
        "SELECT j.id FROM unfinished j LEFT JOIN bellwork.workers w ON w.id = j.worker_id"
        " WHERE j.state = 'running' AND make_interval(secs => %(bound)s) < clock_timestamp()"
        " - greatest(coalesce(w.expires_at, j.claimed_at), pg_postmaster_start_time())",
        "start `python -m bellwork.scheduler`, which hands it to another worker; its log says what is in the way",
    ),
)
_STATEMENT = _FOUND + "UNION ALL\n".join(
    _OF_ONE.format(number=number, query=invariant.query) for number, invariant in enumerate(INVARIANTS)
)


def violations(conn: Connection) -> list[str]:
    """Name every violated invariant in a sentence with up to five job ids; reads the whole history at once."""
    return [sentence(invariant, jobs) for invariant, jobs in find(conn, EVERY_ID).items()]


def find(conn: Connection, ids: range) -> dict[Invariant, list[int]]:
    """Find the jobs of these ids that violate an invariant: up to six for each, the lowest; nothing where all is well.

    It is one statement, which reads every job of these ids, and is right at any moment, also under load: what a rescue
    may still mend within its bound is no violation yet.
    """
    asked = {"first": ids.start, "last": ids.stop - 1, "named": _NAMED, "kept": KEPT_ERRORS, "bound": rescue_bound()}
    found: dict[Invariant, list[int]] = {}
    for number, job in psycopg_of(conn).execute(_STATEMENT.encode(), asked).fetchall():
        found.setdefault(INVARIANTS[number], []).append(job)
    return found


def sentence(invariant: Invariant, jobs: list[int]) -> str:
    """Say which invariant is violated, with up to five ids."""
    named = ", ".join(map(str, jobs[:_NAMED]))
    return f"{invariant.violation}: {'job' if len(jobs) == 1 else 'jobs'} {named}{', …' if len(jobs) > _NAMED else ''}"


def rescue_bound() -> float:
    """Return the seconds after which a silent worker's jobs must be available again.

    After a silence of PostgreSQL every rescuer first waits one lease; the rest is for a busy machine.
    """
    return 2 * settings().lease + 10
