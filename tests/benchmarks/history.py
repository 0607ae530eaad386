"""Millions of finished jobs in today's partition of the history, laid out once, put in and taken out in a moment."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from psycopg import Connection

# Beside the history at first: a table of its own that fits in place of today's partition. The check tells PostgreSQL
# that it fits, or every exchange would read all of it.
_LAY_OUT = """
DROP TABLE IF EXISTS bench_history;
CREATE TABLE bench_history (LIKE bellwork.finished_jobs INCLUDING ALL);
INSERT INTO bench_history (id, queue, actor, state, priority, run_at, args, options, attempt, retries, crashes,
    worker_id, claimed_at, errors, created_at, finished_at)
SELECT -n, 'bench_long', 'bench.nothing', 'done', 0, at, jsonb_build_object('number', n), '{{}}', 1, 0, 0,
    '00000000-0000-0000-0000-000000000000', at, '[]', at, at
FROM generate_series(1, {count}) n, LATERAL (SELECT {begin} + n * ({end} - {begin}) / {count_and_one} AS at) evenly;
ALTER TABLE bench_history ADD CHECK (finished_at >= {begin} AND finished_at < {end});
VACUUM (ANALYZE) bench_history;
CHECKPOINT
"""
_TODAY = b"""
SELECT to_char(day, '"bellwork.finished_jobs_"YYYY_MM_DD'),
       quote_literal(day || '+00'), quote_literal(day + interval '1 day' || '+00')
FROM (SELECT date_trunc('day', now() AT TIME ZONE 'UTC') AS day) today
"""


class History:
    """So many finished jobs of today; while they are in, today's jobs are finished into the same table."""

    def __init__(self, conn: Connection[Any], count: int) -> None:
        """Lay them out, which takes PostgreSQL a minute for ten million."""
        self._conn = conn
        row = conn.execute(_TODAY).fetchone()
        assert row is not None
        self._today, self._begin, self._end = row
        day = {"begin": f"timestamptz {self._begin}", "end": f"timestamptz {self._end}"}
        for statement in _LAY_OUT.format(count=count, count_and_one=count + 1, **day).split(";"):
            conn.execute(statement.encode())

    @contextmanager
    def put_in(self) -> Iterator[None]:
        """Have them in the history for the length of the block."""
        self._exchange(self._today, "bench_history")
        try:
            yield
        finally:
            self._exchange("bench_history", self._today)

    def drop(self) -> None:
        """Give the disk its room back."""
        self._conn.execute(b"DROP TABLE bench_history")

    def _exchange(self, old: str, new: str) -> None:
        bounds = f"FOR VALUES FROM ({self._begin}) TO ({self._end})"
        with self._conn.transaction():
            self._conn.execute(f"ALTER TABLE bellwork.finished_jobs DETACH PARTITION {old}".encode())
            self._conn.execute(f"ALTER TABLE bellwork.finished_jobs ATTACH PARTITION {new} {bounds}".encode())
