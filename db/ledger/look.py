"""What operators look at: backlog, queues, deaths. Nothing here counts history, and the backlog only once."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import text

from bellwork.db.engine import psycopg_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

# Grouped first: what workers know is compared with some hundreds of kinds, never with each job. Each different set of
# actors is unpacked once, for most workers of a fleet know the same.
_BACKLOG = b"""
WITH kind AS MATERIALIZED (
    SELECT queue::text AS queue, actor::text AS actor,
           count(*) FILTER (WHERE state = 'available' AND run_at <= now()) AS due,
           count(*) FILTER (WHERE state = 'available' AND run_at > now()) AS scheduled,
           count(*) FILTER (WHERE state = 'running') AS running,
           min(run_at) FILTER (WHERE state = 'available') AS oldest,
           count(*) FILTER (WHERE state = 'available' AND retries > 0) AS retrying, sum(retries) AS retries
    FROM bellwork.jobs GROUP BY queue::text, actor::text),
alive AS MATERIALIZED (SELECT queues, actors FROM bellwork.workers WHERE expires_at > now()),
known AS MATERIALIZED (
    SELECT DISTINCT jsonb_object_keys(actors) AS actor FROM (SELECT actors FROM alive GROUP BY actors) different),
heard AS MATERIALIZED (SELECT DISTINCT unnest(queues) AS queue FROM alive)
SELECT queue, actor, due, scheduled, running, oldest,
       CASE WHEN oldest <= now() THEN extract(epoch FROM now() - oldest)::float8 ELSE 0 END,
       actor IN (SELECT actor FROM known), queue IN (SELECT queue FROM heard), retrying, retries
FROM kind ORDER BY queue, actor
"""
_QUEUES = text("""
SELECT coalesce(a.queue, q.name) AS queue, q.paused_at, q.paused_by, q.reason AS pause_reason, q.paused_until
FROM (SELECT DISTINCT queue FROM bellwork.actors) a
FULL JOIN (SELECT * FROM bellwork.queues WHERE paused_at IS NOT NULL) q ON q.name = a.queue
""")
# By moments that are known when it is planned: else the partitions and indexes of all days are looked at for it.
_DAY = text("SELECT now() - interval '24 hours' AS since, now() + interval '1 hour' AS until")
_DEAD = text("""
SELECT count(*) FROM (
    SELECT FROM bellwork.finished_jobs WHERE state = 'dead' AND finished_at > :since AND finished_at < :until
    LIMIT 10000) d
""")
_ROOM = "32MB"
_NO_JOBS = {"due": 0, "scheduled": 0, "running": 0, "oldest_due_seconds": 0.0}


class Kind(NamedTuple):
    """The unfinished jobs of one actor in one queue: counts, and since when the oldest of them that waits is due.

    `known` tells whether a live worker knows the actor, `heard` whether one listens to the queue. Of those that wait,
    `retrying` failed before; `retries` is how often all of them did.
    """

    queue: str
    actor: str
    due: int
    scheduled: int
    running: int
    oldest: datetime | None
    oldest_due_seconds: float
    known: bool
    heard: bool
    retrying: int = 0
    retries: int = 0

    @property
    def waiting(self) -> int:
        """How many wait, due or not."""
        return self.due + self.scheduled


def backlog(conn: Connection) -> list[Kind]:
    """Count the unfinished jobs by queue and actor, in one pass over them.

    Room for all kinds in memory is asked for until the end of the transaction: else the jobs are sorted for it, which
    takes three times as long.
    """
    conn.execute(text(f"SET LOCAL work_mem = '{_ROOM}'"))
    return [Kind(*row) for row in psycopg_of(conn).execute(_BACKLOG).fetchall()]


def queue_depths(conn: Connection, kinds: Sequence[Kind] | None = None) -> list[dict[str, Any]]:
    """List the queues with due, scheduled, running, oldest_due_seconds and, where paused, since when and by whom.

    Those that have jobs, that a registered actor names, or that are paused. With `kinds`, as backlog() counted them,
    the jobs are not counted once more.
    """
    pauses = {row["queue"]: dict(row) for row in conn.execute(_QUEUES).mappings()}
    not_paused = {"paused_at": None, "paused_by": None, "pause_reason": None, "paused_until": None}
    depths: dict[str, dict[str, Any]] = defaultdict(_NO_JOBS.copy)
    for kind in backlog(conn) if kinds is None else kinds:
        depth = depths[kind.queue]
        for column in ("due", "scheduled", "running"):
            depth[column] += getattr(kind, column)
        depth["oldest_due_seconds"] = max(depth["oldest_due_seconds"], kind.oldest_due_seconds)
    return [
        {"queue": name, **depths[name], **not_paused, **pauses.get(name, {})} for name in sorted({*pauses, *depths})
    ]


def unknown_actors(conn: Connection, kinds: Sequence[Kind] | None = None) -> list[dict[str, Any]]:
    """List the actors for which jobs wait though no live worker knows them: they run when one appears."""
    found = [kind for kind in (backlog(conn) if kinds is None else kinds) if kind.waiting and not kind.known]
    rows = [
        {"actor": kind.actor, "queue": kind.queue, "waiting": kind.waiting, "oldest": kind.oldest} for kind in found
    ]
    return sorted(rows, key=lambda row: -row["waiting"])


def unheard_queues(conn: Connection, kinds: Sequence[Kind] | None = None) -> list[dict[str, Any]]:
    """List the queues in which jobs wait though no live worker takes them."""
    waiting: dict[str, int] = defaultdict(int)
    for kind in backlog(conn) if kinds is None else kinds:
        if kind.waiting and not kind.heard:
            waiting[kind.queue] += kind.waiting
    rows = [{"queue": queue, "waiting": count} for queue, count in waiting.items()]
    return sorted(rows, key=lambda row: -row["waiting"])


def dead_today(conn: Connection) -> int:
    """Count the jobs that died in the last 24 hours, up to 10,000."""
    day = conn.execute(_DAY).mappings().one()
    return int(conn.execute(_DEAD, dict(day)).scalar_one())
