"""The product's table of the benchmark, and the statement that every contestant runs on it, word for word the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from psycopg import Connection

#: Parameters: the next stage, the row's id, the stage it is at.
ADVANCE = b"UPDATE bench_rows SET stage = %s, changed_at = now() WHERE id = %s AND stage = %s"
#: Parameter: the row's id.
INSERT = b"INSERT INTO bench_rows (id, stage) VALUES (%s, 0)"
# The role `bellwork` would put whatever names no schema into the schema of the same name, among the ledger's tables.
_APART = b"ALTER DATABASE bellwork SET search_path TO public; SET search_path TO public"
# Not HOT: the index holds what every job changes, as a table of requests has it.
_CREATE = """
CREATE TABLE bench_rows (id int PRIMARY KEY, stage int NOT NULL, changed_at timestamptz NOT NULL DEFAULT now());
CREATE INDEX ON bench_rows (stage, changed_at)
"""
_OURS = "bellwork.jobs, bellwork.finished_jobs, bellwork.workers"
_PEERS = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename ~ '^(procrastinate|pgqueuer)'"


def create(conn: Connection[Any]) -> None:
    """Create the table, in the schema where the peers will have theirs."""
    conn.execute(_APART)
    conn.execute(_CREATE.encode())


def empty(conn: Connection[Any]) -> None:
    """Empty the ledger and the tables of the peers that keep their jobs in PostgreSQL; only while no fleet runs."""
    peers = [name for (name,) in conn.execute(_PEERS.encode()).fetchall()]
    conn.execute(f"TRUNCATE {', '.join([_OURS, *peers])} CASCADE".encode())


def lay_out(conn: Connection[Any], count: int) -> None:
    """Lay out rows 0 to count - 1 at stage 0, and leave PostgreSQL without old work to do."""
    conn.execute(b"TRUNCATE bench_rows")
    conn.execute(b"INSERT INTO bench_rows (id, stage) SELECT n, 0 FROM generate_series(0, %s - 1) n", (count,))
    conn.execute(b"VACUUM ANALYZE bench_rows")
    conn.execute(b"CHECKPOINT")


def advanced(conn: Connection[Any]) -> int:
    """Count the stages that are committed."""
    return _number(conn, b"SELECT coalesce(sum(stage), 0) FROM bench_rows")


def unfinished(conn: Connection[Any]) -> int:
    """Count Bellwork's unfinished jobs."""
    return _number(conn, b"SELECT count(*) FROM bellwork.jobs")


def finished(conn: Connection[Any]) -> int:
    """Count Bellwork's jobs that are done."""
    return _number(conn, b"SELECT count(*) FROM bellwork.finished_jobs WHERE state = 'done'")


def _number(conn: Connection[Any], question: bytes) -> int:
    row = conn.execute(question).fetchone()
    assert row is not None
    return int(row[0])
