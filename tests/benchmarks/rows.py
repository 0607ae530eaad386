"""The product's tables of the benchmark, and the statements that both sides run on them, word for word the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg

if TYPE_CHECKING:
    from psycopg import Connection

#: How often a row is advanced before it is through, each time by a job of its own.
STAGES = 6
#: How many queues are probed one after the other when an idle spell ends.
PROBES = 10

ADVANCE = b"UPDATE bench_rows SET stage = %s, changed_at = now() WHERE id = %s AND stage = %s"
PICKED_UP = b"INSERT INTO bench_pick_ups (sent, began) VALUES (%s, %s)"
# Not HOT: the index holds what every job changes, as a table of requests has it.
_CREATE = """
CREATE TABLE bench_rows (id int PRIMARY KEY, stage int NOT NULL, changed_at timestamptz NOT NULL DEFAULT now());
CREATE INDEX ON bench_rows (stage, changed_at);
CREATE TABLE bench_pick_ups (sent float8 NOT NULL, began float8 NOT NULL)
"""
_EMPTY = "TRUNCATE bench_rows, bench_pick_ups, bellwork.jobs, bellwork.finished_jobs, bellwork.workers"


def create(url: str) -> None:
    """Create both tables."""
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute(_CREATE)


def empty(conn: Connection[Any], count: int = 0) -> None:
    """Empty every table, lay out `count` rows at stage 0, and leave PostgreSQL without old work to do."""
    conn.execute(_EMPTY)
    conn.execute("INSERT INTO bench_rows (id, stage) SELECT n, 0 FROM generate_series(1, %s) n", (count,))
    conn.execute("VACUUM ANALYZE bench_rows")
    conn.execute("CHECKPOINT")


def advanced(conn: Connection[Any]) -> int:
    """Count the stages that are committed."""
    return _number(conn, "SELECT coalesce(sum(stage), 0) FROM bench_rows")


def unfinished(conn: Connection[Any]) -> int:
    """Count Bellwork's unfinished jobs."""
    return _number(conn, "SELECT count(*) FROM bellwork.jobs")


def finished(conn: Connection[Any]) -> int:
    """Count Bellwork's jobs that are done."""
    return _number(conn, "SELECT count(*) FROM bellwork.finished_jobs WHERE state = 'done'")


def pick_ups(conn: Connection[Any]) -> list[float]:
    """List, in milliseconds, what lay between each send and its job's beginning."""
    return [row[0] * 1000 for row in conn.execute("SELECT began - sent FROM bench_pick_ups").fetchall()]


def forget_pick_ups(conn: Connection[Any]) -> None:
    """Empty the table of pick-ups."""
    conn.execute("TRUNCATE bench_pick_ups")


def _number(conn: Connection[Any], question: str) -> int:
    row = conn.execute(question.encode()).fetchone()
    assert row is not None
    return int(row[0])
