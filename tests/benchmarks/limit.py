"""What PostgreSQL allows: pgbench claims jobs by the hundred and completes them, with no worker and no work between."""

from __future__ import annotations

import re
import resource
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.benchmarks.fleet import cpu_seconds

if TYPE_CHECKING:
    from pathlib import Path

    from tests.benchmarks.arena import Arena
    from tests.benchmarks.section import Plan

CLIENTS, BATCH = 8, 100
_LAY_OUT = """
DROP TABLE IF EXISTS bench_limit;
CREATE TABLE bench_limit (
    id bigint PRIMARY KEY, state smallint NOT NULL DEFAULT 0, due timestamptz NOT NULL DEFAULT now(), worker int
);
CREATE INDEX ON bench_limit (due, id) WHERE state = 0;
CREATE INDEX ON bench_limit (worker) WHERE state = 1;
INSERT INTO bench_limit (id) SELECT n FROM generate_series(1, {jobs}) n
"""
_SCRIPT = """
WITH next AS MATERIALIZED (
    SELECT id FROM bench_limit WHERE state = 0 ORDER BY due, id LIMIT :batch FOR UPDATE SKIP LOCKED
)
UPDATE bench_limit SET state = 1, worker = :client_id FROM next WHERE bench_limit.id = next.id RETURNING bench_limit.id;
UPDATE bench_limit SET state = 2 WHERE worker = :client_id AND state = 1;
"""


@dataclass(frozen=True)
class Limit:
    """One run: jobs a second, and microseconds of CPU a job in pgbench and in PostgreSQL."""

    rate: float
    client: float
    postgres: float


def run(arena: Arena, plan: Plan) -> Limit:
    """Have eight clients claim and complete by prepared statements, each statement a commit of its own."""
    turns = plan.pick(quick=25, full=100)
    _lay_out(arena, CLIENTS * turns * BATCH)
    cpu, client = cpu_seconds(arena.servers[0]), _children()
    said = _pgbench(arena, turns)
    client, cpu = _children() - client, cpu_seconds(arena.servers[0]) - cpu
    jobs = _completed(arena)
    assert jobs == CLIENTS * turns * BATCH, f"pgbench completed {jobs} jobs of {CLIENTS * turns * BATCH}: {said}"
    return Limit(_transactions(said) * BATCH, client / jobs * 1e6, cpu / jobs * 1e6)


def _lay_out(arena: Arena, jobs: int) -> None:
    for statement in _LAY_OUT.format(jobs=jobs + CLIENTS * BATCH).split(";"):
        arena.conn.execute(statement.encode())
    arena.conn.execute(b"VACUUM ANALYZE bench_limit")
    arena.conn.execute(b"CHECKPOINT")


def _pgbench(arena: Arena, turns: int) -> str:
    script: Path = arena.place / "limit.sql"
    script.write_text(_SCRIPT)
    words = [
        "-n",
        "-M",
        "prepared",
        "-D",
        f"batch={BATCH}",
        "-c",
        str(CLIENTS),
        "-j",
        "2",
        "-t",
        str(turns),
        "-f",
        str(script),
    ]
    program = str(arena.stack.bindir / "pgbench")
    done = subprocess.run([program, *words, arena.database_url], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"pgbench failed: {done.stderr[-2000:]}"
    return done.stdout


def _transactions(said: str) -> float:
    found = re.search(r"tps = ([\d.]+)", said)
    assert found, f"pgbench says nothing of transactions a second: {said}"
    return float(found[1])


def _completed(arena: Arena) -> int:
    row = arena.conn.execute(b"SELECT count(*) FROM bench_limit WHERE state = 2").fetchone()
    assert row is not None
    return int(row[0])


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
