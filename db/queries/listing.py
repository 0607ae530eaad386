"""Which jobs there are: listed, found by what they have in common, or shown one by one, however long the history is.

Finished jobs are read by an index in every case: the newest by their ids, those of a state that is rare by
finished_jobs_unhappy, those of an actor or a queue by finished_jobs_kind (dead and cancelled ones by
finished_jobs_unhappy_kind), for each pair of queue and actor that there can be (`kinds`). So a list costs what is
listed, and not what the history holds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from psycopg.rows import dict_row

from bellwork.db.driver import psycopg_of
from bellwork.db.queries.index_order import in_index_order
from bellwork.db.queries.kinds import kinds

if TYPE_CHECKING:
    from bellwork.db.driver import Asked

#: What an unfinished job's state is said to be in SQL, and what the condition for it is.
_UNFINISHED_STATES = {
    "scheduled": "state = 'available' AND run_at > now()",
    "available": "state = 'available' AND run_at <= now()",
    "waiting": "state = 'available'",
    "running": "state = 'running'",
    "unfinished": "true",
}
_UNHAPPY = ("dead", "cancelled")
_FINISHED_STATES = ("done", *_UNHAPPY)
#: No index serves a search for a text: so many jobs, the newest, are looked through for it.
SEARCHED = 5_000
# Of its errors the last one is searched, with its traceback.
_HOLDS = "position(lower(CAST(%(error)s AS text)) IN lower(concat_ws(' ', reason, CAST(errors -> -1 AS text)))) > 0"
_HOLDING = """
SELECT * FROM ({listing}) searched WHERE {holds} ORDER BY id DESC LIMIT %(limit)s
"""
# How many were looked at and down to which, and those of them that were looked for.
_PART = """
WITH looked AS MATERIALIZED ({listing})
SELECT (SELECT count(*) FROM looked), (SELECT min(id) FROM looked),
       coalesce((SELECT jsonb_agg(jsonb_build_array(id, actor) ORDER BY id DESC) FROM looked WHERE {holds}), '[]')
"""
_AGO = b"SELECT now() - make_interval(secs => %(seconds)s)"
_LAST_ID = 2**63 - 1
_UNFINISHED_COLUMNS = """id, queue, actor,
       CASE WHEN state = 'available' AND run_at > now() THEN 'scheduled' ELSE CAST(state AS text) END AS state,
       args, coalesce(unique_key, options ->> 'waiting_key') AS unique_key, priority, attempt, retries, crashes,
       worker_id, errors, NULL AS reason, created_at, run_at, claimed_at, CAST(NULL AS timestamptz) AS finished_at"""
_FINISHED_COLUMNS = """id, queue, actor, CAST(state AS text) AS state, args,
       coalesce(unique_key, options ->> 'waiting_key') AS unique_key, priority, attempt, retries, crashes,
       worker_id, errors, reason, created_at, run_at, claimed_at, finished_at"""
_KINDS = "SELECT * FROM unnest(CAST(%(queues)s AS integer[]), CAST(%(actors)s AS integer[])) k(queue, actor)"
# Two names may have one hash, so the names are compared, too.
_OF_KINDS = """
SELECT {columns} FROM (
    SELECT f.* FROM ({kinds}) k, LATERAL (
        SELECT * FROM bellwork.finished_jobs
        WHERE {state} AND hashtext(queue) = k.queue AND hashtext(actor) = k.actor AND {names} AND id < %(before)s
        ORDER BY id DESC LIMIT %(limit)s) f) f
ORDER BY id DESC LIMIT %(limit)s"""


class Which(NamedTuple):
    """What jobs have in common: each that is given counts; `state` may also be 'scheduled', 'waiting' or 'unfinished'.

    `error` is a text in their last error or their reason, in whatever case; `older_than` is in seconds, since they
    were enqueued, or finished where they are. `subject` and `tenant` are what their actors declare as such.
    """

    state: str | None = None
    actor: str | None = None
    queue: str | None = None
    error: str | None = None
    older_than: float | None = None
    subject: str | None = None
    tenant: str | None = None


class Part(NamedTuple):
    """Ids of jobs with their actors, the newest first; the next look begins below `before`; None: nothing is left."""

    found: list[tuple[int, str]]
    before: int | None

    @property
    def ids(self) -> list[int]:
        """The ids."""
        return [id_ for id_, _ in self.found]


def list_jobs(  # noqa: PLR0913 - what jobs may have in common
    conn: Asked,
    state: str | None = None,
    actor: str | None = None,
    queue: str | None = None,
    limit: int = 50,
    *,
    before: int | None = None,
    error: str | None = None,
    older_than: float | None = None,
    subject: str | None = None,
    tenant: str | None = None,
) -> list[dict[str, Any]]:
    """List jobs, the newest first, unfinished and finished alike; as Which says, none but those below `before`.

    With `error`, those of the newest SEARCHED.
    """
    which = Which(state, actor, queue, error, older_than, subject, tenant)
    statement, asked = listing(which, _UNFINISHED_COLUMNS, _FINISHED_COLUMNS), _asked(conn, which, limit, before)
    if error is not None:
        searched = statement.replace("%(limit)s", "%(searched)s")
        statement = _HOLDING.format(listing=searched, holds=_HOLDS)
        asked["searched"] = SEARCHED
    with in_index_order(conn):
        return _rows(conn, statement, asked | pairs(conn, which))


def find_jobs(conn: Asked, which: Which, limit: int, *, before: int | None = None) -> Part:
    """Return up to `limit` jobs, the newest first, none but those below `before`.

    With an error, those of the next SEARCHED: there may be more though there are fewer than `limit`, or none.
    """
    most = limit if which.error is None else SEARCHED
    columns = "id, actor" if which.error is None else "id, actor, errors, {} AS reason"
    found = listing(which, columns.format("CAST(NULL AS text)"), columns.format("reason"))
    statement = _PART.format(listing=found, holds="true" if which.error is None else _HOLDS)
    with in_index_order(conn):
        asked = _asked(conn, which, most, before)
        [(looked, lowest, rows)] = psycopg_of(conn).execute(statement.encode(), asked | pairs(conn, which)).fetchall()
    jobs = [(int(id_), str(actor)) for id_, actor in rows]
    if len(jobs) > limit:
        return Part(jobs[:limit], jobs[limit - 1][0])
    return Part(jobs, lowest if looked == most else None)


def show_job(conn: Asked, job: int) -> dict[str, Any] | None:
    """Return everything about one job, its errors included; None where there is none of this id."""
    return next(iter(_rows(conn, _SHOW, {"id": job})), None)


def listing(which: Which, unfinished: str, finished: str) -> str:
    """Write the statement that lists such jobs, with these columns of the unfinished and of the finished ones.

    Of an actor or a queue it is asked with `pairs`, in which the finished ones lie.

    Raises ValueError for a state that no job can have.
    """
    if which.state not in {None, *_UNFINISHED_STATES, *_FINISHED_STATES}:
        known = ", ".join([*_UNFINISHED_STATES, *_FINISHED_STATES])
        raise ValueError(f"there is no state {which.state!r}; the states of a job are {known}")
    parts = []
    if which.state not in _FINISHED_STATES:
        parts.append(_unfinished(which, unfinished))
    if which.state not in _UNFINISHED_STATES:
        parts.append(_finished(which, finished))
    both = " UNION ALL ".join(f"({part})" for part in parts)
    return f"SELECT * FROM ({both}) j ORDER BY id DESC LIMIT %(limit)s"  # noqa: S608 - our own constants


def pairs(conn: Asked, which: Which) -> dict[str, list[int]]:
    """Return where the finished ones lie, as `listing` asks for it where they are of an actor or a queue."""
    if which.state in _UNFINISHED_STATES or _labels(which) or not _names(which):
        return {}
    # Dead and cancelled jobs have an index of their own, and are found in it alone.
    state = f"state = '{which.state}'" if which.state in _UNHAPPY else "true"
    return kinds(conn, which.queue, which.actor, state)


def _unfinished(which: Which, columns: str) -> str:
    conditions = ["id < %(before)s"]
    if which.older_than is not None:
        conditions.append("created_at < %(older)s")
    if which.state is not None:
        conditions.append(_UNFINISHED_STATES[which.state])
    where = " AND ".join([*conditions, *_names(which), *_labels(which)])
    return f"SELECT {columns} FROM bellwork.jobs WHERE {where} ORDER BY id DESC LIMIT %(limit)s"  # noqa: S608 - as above


def _finished(which: Which, columns: str) -> str:
    state = f"state = '{which.state}'" if which.state else "true"
    # Partitions of later days are left out for it.
    old = " AND finished_at < %(older)s" if which.older_than is not None else ""
    labels = _labels(which)
    if labels or (which.actor is None and which.queue is None):
        # A person has few jobs, which have an index of their own.
        where = " AND ".join([f"{state}{old} AND id < %(before)s", *labels, *_names(which)])
        return f"SELECT {columns} FROM bellwork.finished_jobs WHERE {where} ORDER BY id DESC LIMIT %(limit)s"  # noqa: S608 - as above
    return _OF_KINDS.format(kinds=_KINDS, columns=columns, state=state + old, names=" AND ".join(_names(which)))


def _names(which: Which) -> list[str]:
    return [f"{name} = %({name})s" for name in ("actor", "queue") if getattr(which, name) is not None]


def _labels(which: Which) -> list[str]:
    return [
        f"hashtext({name}) = hashtext(CAST(%({name})s AS text)) AND {name} = %({name})s"
        for name in ("subject", "tenant")
        if getattr(which, name) is not None
    ]


def _asked(conn: Asked, which: Which, limit: int, before: int | None = None) -> dict[str, Any]:
    given = {name: value for name, value in which._asdict().items() if name != "state" and value is not None}
    if seconds := given.pop("older_than", None):
        # By a moment that is known when it is planned: else the partitions of all days are looked at for it.
        [(given["older"],)] = psycopg_of(conn).execute(_AGO, {"seconds": seconds}).fetchall()
    return {**given, "limit": limit, "before": _LAST_ID if before is None else before}


def _rows(conn: Asked, statement: str, asked: dict[str, Any]) -> list[dict[str, Any]]:
    with psycopg_of(conn).cursor(row_factory=dict_row) as cursor:
        return cursor.execute(statement.encode(), asked).fetchall()


_SHOW = (
    f"SELECT {_UNFINISHED_COLUMNS} FROM bellwork.jobs WHERE id = %(id)s UNION ALL"  # noqa: S608 - as above
    f" SELECT {_FINISHED_COLUMNS} FROM bellwork.finished_jobs WHERE id = %(id)s"
)
