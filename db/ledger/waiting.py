"""A waiting key leaves its job where transactions that ask for it would keep the job from being claimed for ever."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellwork.db.engine import psycopg_of
from bellwork.db.ledger.jobs import as_keys

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

#: A job that is due for so long (seconds), and still locked by transactions that sent its key, lets its key go.
LATE = 5

# Those locks (KEY SHARE) keep claims away, and do not conflict with this UPDATE: no foreign key can refer to the key,
# whose index is partial. What is sent from now on finds no job of the key and inserts the next one, so that this
# row gets no more locks. A job that would not be claimed without the locks either keeps its key: a paused queue would
# get job after job. Of a queue with a limit few are looked for by their ids.
_OF_QUEUE = b"""
WITH late AS MATERIALIZED (
    SELECT id FROM bellwork.jobs
    WHERE queue = %(queue)s AND state = 'available'
      AND run_at < now() - make_interval(secs => %(late)s)
      AND unique_key IS NOT NULL AND options ? 'waiting_key' AND %(actors)s::jsonb ? actor
      AND NOT EXISTS (SELECT FROM bellwork.queues q WHERE q.name = %(queue)s
          AND (q.paused_at IS NOT NULL OR q.at_once IS NOT NULL))),
free AS MATERIALIZED (
    SELECT id FROM bellwork.jobs WHERE id = ANY(ARRAY(SELECT id FROM late)) FOR UPDATE SKIP LOCKED),
locked AS MATERIALIZED (
    SELECT id FROM bellwork.jobs
    WHERE id = ANY(ARRAY(SELECT id FROM late)) AND NOT id = ANY(ARRAY(SELECT id FROM free))
      AND claimed_at IS NULL AND unique_key IS NOT NULL
    ORDER BY id FOR NO KEY UPDATE SKIP LOCKED)
UPDATE bellwork.jobs SET unique_key = NULL WHERE id = ANY(ARRAY(SELECT id FROM locked)) RETURNING id
"""
# The same, of these jobs alone.
_OF_JOBS = b"""
WITH late AS MATERIALIZED (
    SELECT id FROM bellwork.jobs
    WHERE queue = %(queue)s AND id = ANY(%(ids)s) AND claimed_at IS NULL
      AND run_at < now() - make_interval(secs => %(late)s)
      AND unique_key IS NOT NULL AND options ? 'waiting_key' AND %(actors)s::jsonb ? actor
      AND NOT EXISTS (SELECT FROM bellwork.queues q WHERE q.paused_at IS NOT NULL AND q.name = %(queue)s)),
free AS MATERIALIZED (
    SELECT id FROM bellwork.jobs WHERE id = ANY(ARRAY(SELECT id FROM late)) FOR UPDATE SKIP LOCKED),
locked AS MATERIALIZED (
    SELECT id FROM bellwork.jobs
    WHERE id = ANY(ARRAY(SELECT id FROM late)) AND NOT id = ANY(ARRAY(SELECT id FROM free))
      AND claimed_at IS NULL AND unique_key IS NOT NULL
    ORDER BY id FOR NO KEY UPDATE SKIP LOCKED)
UPDATE bellwork.jobs SET unique_key = NULL WHERE id = ANY(ARRAY(SELECT id FROM locked)) RETURNING id
"""


def let_keys_go(conn: Connection, queue: str, actors: Sequence[str], ids: Sequence[int] | None = None) -> list[int]:
    """Take the waiting keys from jobs of a queue that are late and locked by senders of these keys; returns which.

    With `ids` only those are looked at; without, all that wait there and are due, so call it where a claim has left
    few of them. Each runs when the transactions open now have ended, however many others send its key meanwhile.
    """
    statement = _OF_QUEUE if ids is None else _OF_JOBS
    asked = {"queue": queue, "actors": as_keys(actors), "late": LATE, "ids": ids and list(ids)}
    return [row[0] for row in psycopg_of(conn).execute(statement, asked).fetchall()]
