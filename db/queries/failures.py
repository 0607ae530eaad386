"""What jobs die of, and are retried for: the newest of them, by actor, exception and the place in the code."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

from bellwork.db.driver import psycopg_of
from bellwork.db.queries.index_order import in_index_order

if TYPE_CHECKING:
    from datetime import datetime

    from bellwork.db.driver import Asked

#: Of so many dead jobs, and so many that wait for another try, the newest of each, the errors are looked at.
NEWEST = 2_000
# The last error of each, and of its traceback the last frame: the place that raised.
ERROR = "coalesce(last ->> 'error', reason, '')"
FRAME = """regexp_match(last ->> 'traceback', '^.*File "([^"]*)", line [0-9]+, in ([^\n]*)')"""
KIND = """split_part(error, ':', 1) AS exception, coalesce(frame[1], '') AS file, coalesce(frame[2], '') AS function"""
_GROUPS = f"""
WITH dead AS (
    SELECT id, actor, queue, errors -> -1 AS last, reason, finished_at AS at, true AS is_dead
    FROM bellwork.finished_jobs WHERE state = 'dead' ORDER BY id DESC LIMIT %(newest)s),
retrying AS (
    SELECT id, actor, queue, errors -> -1 AS last, NULL AS reason, run_at AS at, false AS is_dead
    FROM bellwork.jobs WHERE retries > 0 AND state = 'available' AND id > %(after)s ORDER BY id DESC LIMIT %(newest)s),
told AS (
    SELECT id, actor, queue, is_dead, least(at, now()) AS at, {ERROR} AS error, {FRAME} AS frame
    FROM (SELECT * FROM dead UNION ALL SELECT * FROM retrying) both_)
SELECT actor, {KIND},
       count(*) FILTER (WHERE is_dead) AS dead, count(*) FILTER (WHERE NOT is_dead) AS retrying,
       min(at) AS first_at, max(at) AS last_at, (array_agg(left(error, 500) ORDER BY id DESC))[1] AS said,
       array_agg(DISTINCT CAST(queue AS text)) AS queues, max(id) AS newest
FROM told GROUP BY 1, 2, 3, 4 ORDER BY max(at) DESC
""".encode()  # noqa: S608 - our own constants
_LOOK_BACK = b"SELECT max(id) - 200000 FROM bellwork.jobs"


class Failure(NamedTuple):
    """Jobs of one actor that ended alike, or failed alike and wait for another try; `newest` is one of them.

    Times are those of the jobs looked at.
    """

    actor: str
    exception: str
    file: str
    function: str
    dead: int
    retrying: int
    first_at: datetime
    last_at: datetime
    said: str
    queues: list[str]
    newest: int

    @property
    def fingerprint(self) -> str:
        """The same ten digits for whatever fails alike: of actor, exception, file and function; no line, no words."""
        kind = f"{self.actor}\n{self.exception}\n{self.file}\n{self.function}"
        return sha256(kind.encode()).hexdigest()[:10]


def failures(conn: Asked) -> list[Failure]:
    """Group the NEWEST dead jobs, and as many that are retried, by what they failed of; what happened last comes first.

    Jobs that wait are looked for among the 200,000 newest ids.
    """
    driver = psycopg_of(conn)
    [(after,)] = driver.execute(_LOOK_BACK).fetchall()
    with in_index_order(driver):
        rows = driver.execute(_GROUPS, {"newest": NEWEST, "after": after or 0}).fetchall()
    return [Failure(*row) for row in rows]
