"""Dead jobs that failed alike, a part with each look; and what became of those that were put back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from bellwork.db.engine import psycopg_of
from bellwork.db.queries.failures import ERROR, FRAME, KIND
from bellwork.db.queries.index_order import in_index_order
from bellwork.db.queries.listing import Part, Which, listing, pairs

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from bellwork.db.queries.failures import Failure

#: So many dead jobs of the actor are looked at with each look: their errors are long.
LOOKED_AT = 2_000
_ALIKE = """
WITH looked AS MATERIALIZED ({listing}),
told AS (SELECT id, {error} AS error, {frame} AS frame FROM looked)
SELECT (SELECT count(*) FROM looked), (SELECT min(id) FROM looked), ARRAY(
    SELECT id FROM (SELECT id, {kind} FROM told) t
    WHERE exception = %(exception)s AND file = %(file)s AND function = %(function)s ORDER BY id DESC)
"""
# Its first attempt since then decides: until the last one days may pass. What ended is in the partitions since then.
_BECAME = text("""
SELECT id, CASE WHEN retries > 0 OR crashes > 0 OR lost > 0 THEN 'failed' ELSE 'waiting' END
FROM bellwork.jobs WHERE id = ANY(CAST(:ids AS bigint[]))
UNION ALL
SELECT id, CASE state WHEN 'dead' THEN 'failed' ELSE CAST(state AS text) END
FROM bellwork.finished_jobs WHERE id = ANY(CAST(:ids AS bigint[])) AND finished_at >= :since
""")
_TURN = text("SELECT now() FROM (SELECT pg_advisory_xact_lock(hashtextextended('failure ' || :fingerprint, 0))) mine")


def take_turn(conn: Connection, fingerprint: str) -> datetime:
    """Let nobody else replay this failure until the end of the transaction, and wait for who does; returns its time."""
    at: datetime = conn.execute(_TURN, {"fingerprint": fingerprint}).scalar_one()
    return at


def dead_alike(conn: Connection, failure: Failure, most: int, before: int | None = None) -> Part:
    """Return up to `most` dead jobs that failed like this, the newest of those below `before`.

    There may be more though there are fewer than `most`: LOOKED_AT dead jobs of the actor are looked at.
    """
    which = Which("dead", failure.actor)
    found = listing(which, "id", "id, errors -> -1 AS last, reason")
    statement = _ALIKE.format(listing=found, error=ERROR, frame=FRAME, kind=KIND)
    asked: dict[str, Any] = {name: getattr(failure, name) for name in ("actor", "exception", "file", "function")}
    asked |= {"limit": LOOKED_AT, "before": 2**63 - 1 if before is None else before}
    with in_index_order(conn):
        [row] = psycopg_of(conn).execute(statement.encode(), {**asked, **pairs(conn, which)}).fetchall()
    looked, lowest, ids = int(row[0]), row[1], [(id_, failure.actor) for id_ in row[2]]
    if len(ids) > most:
        return Part(ids[:most], ids[most - 1][0])
    return Part(ids, lowest if looked == LOOKED_AT else None)


def became(conn: Connection, ids: Sequence[int], since: datetime) -> dict[int, str]:
    """Tell what became of jobs that were put back after `since`: waiting, done, failed or cancelled, by id.

    An attempt that failed counts as failed, whether another one follows or not. Those that are not there any more are
    left out.
    """
    return {row[0]: row[1] for row in conn.execute(_BECAME, {"ids": list(ids), "since": since})}
