"""Where finished jobs of an actor, or of a queue, lie: the pairs of queue and actor under which the indexes hold them.

A snapshot's figures name every pair of which a job was finished within 31 days; what was finished since the snapshot is
found by transaction, and partitions older than that, which are few, are hopped through from pair to pair. Where no
snapshot is fresh, all of the history is: with two hundred queues that takes 300 ms.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from psycopg.rows import dict_row

from bellwork.db.driver import psycopg_of
from bellwork.db.queries.index_order import in_index_order

if TYPE_CHECKING:
    from bellwork.db.driver import Asked

#: Days after which figures of an actor that does nothing are forgotten (`bellwork.db.snapshot.write`).
REMEMBERED = 31
# Jobs that a fresh snapshot has not seen: their transactions, and the days in which they lie (`snapshot.take`).
_UNSEEN = b"""
SELECT pg_snapshot_xmax(seen)::text AS xmax, ARRAY(SELECT pg_snapshot_xip(seen))::text[] AS xip,
       least(at, now()) - interval '12 hours' AS since, now() + interval '1 hour' AS until,
       now() - make_interval(days => %(days)s) AS old
FROM bellwork.snapshot
WHERE at > now() - interval '1 min' AND pg_snapshot_xmax(seen) <= pg_snapshot_xmax(pg_current_snapshot())
"""
# In the order of transactions, so that their index is read: of a day's partition that was never analysed, the planner
# knows nothing, and would take names for the rarer thing.
_KNOWN = """
WITH unseen AS MATERIALIZED (
    (SELECT queue, actor FROM bellwork.finished_jobs
    WHERE finished_at > %(since)s AND finished_at < %(until)s AND finished_in IS NOT NULL
        AND finished_in >= CAST(%(xmax)s AS xid8) ORDER BY finished_in)
    UNION ALL
    (SELECT queue, actor FROM bellwork.finished_jobs
    WHERE finished_at > %(since)s AND finished_at < %(until)s AND finished_in IS NOT NULL
        AND finished_in = ANY(CAST(%(xip)s AS xid8[])) ORDER BY finished_in))
SELECT hashtext(queue) AS queue, hashtext(actor) AS actor FROM bellwork.actor_figures WHERE {names}
UNION
SELECT hashtext(queue), hashtext(actor) FROM unseen WHERE {names}
UNION
SELECT queue, actor FROM ({hops}) old
"""
# One row for each pair of hashes that an index holds, found by hops from one to the next.
_OF_QUEUE = """
WITH RECURSIVE kind AS (
    (SELECT hashtext(queue) AS queue, hashtext(actor) AS actor FROM bellwork.finished_jobs
     WHERE {found} AND hashtext(queue) = hashtext(CAST(%(queue)s AS text)) ORDER BY hashtext(actor) LIMIT 1)
    UNION ALL
    SELECT k.queue, n.actor FROM kind k, LATERAL (
        SELECT hashtext(actor) AS actor FROM bellwork.finished_jobs
        WHERE {found} AND hashtext(queue) = k.queue AND hashtext(actor) > k.actor
        ORDER BY hashtext(actor) LIMIT 1) n)
SELECT queue, actor FROM kind"""
_OF_ACTOR = """
WITH RECURSIVE used AS (
    (SELECT hashtext(queue) AS queue FROM bellwork.finished_jobs WHERE {found} ORDER BY hashtext(queue) LIMIT 1)
    UNION ALL
    SELECT n.queue FROM used u, LATERAL (
        SELECT hashtext(queue) AS queue FROM bellwork.finished_jobs WHERE {found} AND hashtext(queue) > u.queue
        ORDER BY hashtext(queue) LIMIT 1) n)
SELECT queue, hashtext(CAST(%(actor)s AS text)) AS actor FROM used"""
# Every pair that the history holds has figures, if only zeros; what is counted already stays as it is.
_FILL = """
WITH RECURSIVE kind AS (
    (SELECT queue, actor FROM bellwork.finished_jobs ORDER BY hashtext(queue), hashtext(actor) LIMIT 1)
    UNION ALL
    SELECT n.queue, n.actor FROM kind k, LATERAL (
        SELECT queue, actor FROM bellwork.finished_jobs
        WHERE (hashtext(queue), hashtext(actor)) > (hashtext(k.queue), hashtext(k.actor))
        ORDER BY hashtext(queue), hashtext(actor) LIMIT 1) n)
INSERT INTO bellwork.actor_figures (queue, actor, unfinished, retries, enqueued_total, done_total, dead_total,
    cancelled_total, failed_total)
SELECT queue, actor, 0, 0, 0, 0, 0, 0, 0 FROM kind ON CONFLICT DO NOTHING
"""


def kinds(conn: Asked, queue: str | None, actor: str | None, state: str = "true") -> dict[str, list[int]]:
    """Return the pairs of hashes under which finished jobs of a queue, an actor or both can lie, as two lists.

    None that holds such a job is missing; two names of one hash share their pairs. `state` is a condition that an index
    of its own serves. To be asked within `in_index_order`.
    """
    driver = psycopg_of(conn)
    names = " AND ".join(
        f"hashtext({name}) = hashtext(CAST(%({name})s AS text))"
        for name, given in (("queue", queue), ("actor", actor))
        if given is not None
    )
    asked: dict[str, Any] = {name: given for name, given in (("queue", queue), ("actor", actor)) if given is not None}
    if queue is not None and actor is not None:
        statement = "SELECT hashtext(CAST(%(queue)s AS text)) AS queue, hashtext(CAST(%(actor)s AS text)) AS actor"
    else:
        hops = _OF_ACTOR if queue is None else _OF_QUEUE
        with driver.cursor(row_factory=dict_row) as cursor:
            unseen = cursor.execute(_UNSEEN, {"days": REMEMBERED}).fetchone()
        if unseen is None:
            statement = hops.format(found=state)
        else:
            statement = _KNOWN.format(names=names, hops=hops.format(found=f"{state} AND finished_at < %(old)s"))
            asked |= unseen
    rows = driver.execute(statement.encode(), asked).fetchall()
    return {"queues": [queue for queue, _ in rows], "actors": [actor for _, actor in rows]}


def remember_kinds(conn: Asked) -> None:
    """Give every pair that the history holds figures, where it has none: before figures are counted anew."""
    with in_index_order(conn):
        psycopg_of(conn).execute(_FILL.encode())
