"""What it takes to archive a month: rows a second and memory, beside pandas and beside a COPY that keeps nothing."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

import psutil

from tests.benchmarks.fleet import ROOT
from tests.benchmarks.measure import interleaved, ratio, say, spread
from tests.benchmarks.peers import environment
from tests.benchmarks.section import Section

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.benchmarks.arena import Arena
    from tests.benchmarks.section import Plan

    Run = dict[str, float]

HEADING = "A month of audit rows goes into the archive"
_COLUMNS = ["", "rows/s", "times", "of the COPY", "read back in, of the export", "peak MB", "file MB"]
_NOTE = (
    "Bellwork copies the rows of a detached partition through Arrow into Parquet (zstd), stores the file in a folder "
    "with its SHA-256 and a digest of every value, then reads it back twice. pandas writes the same rows as Parquet "
    "(zstd), synced, checked by nobody: whole is read_sql and to_parquet, which is run where {need:,.0f} kB a row are "
    "free; in chunks it streams. COPY is psql's, binary, to /dev/null. Times are those of pandas, whole where it ran. "
    "Memory is resident in the process of each, its libraries included."
)
OURS, WHOLE, CHUNKS, LIMIT = "Bellwork", "pandas, whole", "pandas, in chunks", "COPY to nowhere"
#: Bytes of memory that pandas takes for a row, and some.
_NEED = 2_000
_NAME = "audit_logs_bench"
_LAY_OUT = """
CREATE TABLE content.audit_logs_bench (LIKE content.audit_logs INCLUDING DEFAULTS);
INSERT INTO content.audit_logs_bench (user_id, user_role, action, resource_type, resource_id, ip_address, user_agent,
    metadata, created_at)
SELECT 'user_' || n % 20000, 'student', 'view_content', 'content', 'content_' || md5(n::text), '10.0.0.1',
    'Mozilla/5.0 (X11, Linux x86_64) AppleWebKit/537.36 ' || n % 40, jsonb_build_object('n', n, 'page', n % 700),
    timestamptz '2020-01-01' + n * (interval '2600000 s' / {rows})
FROM generate_series(1, {rows}) n;
ALTER TABLE content.audit_logs_bench ADD PRIMARY KEY (id, created_at);
VACUUM (ANALYZE) content.audit_logs_bench;
INSERT INTO bellwork.partitions (parent, name, namespace, starts, ends, leaves_by, state)
VALUES ('content.audit_logs', 'audit_logs_bench', 'content', '2020-01-01', '2020-02-01', 'archive', 'detached');
CHECKPOINT
"""
_GONE = "DROP TABLE content.audit_logs_bench; DELETE FROM bellwork.partitions WHERE name = 'audit_logs_bench'"
_COPY = "COPY (SELECT * FROM content.audit_logs_bench ORDER BY id) TO STDOUT (FORMAT binary)"


def measure(arena: Arena, plan: Plan) -> Section:
    """Measure archive: a month of 1.2 million rows, and one of ten times as many."""
    rounds = {60_000: 1} if plan.quick else {1_200_000: 3, 12_000_000: 1}
    table: list[list[str]] = []
    values: dict[str, list[Run]] = {}
    for rows, times in rounds.items():
        say(f"laying out a month of {rows:,} rows")
        with _laid_out(arena, rows):
            found = interleaved(_ways(arena, rows), times)
        base = found.get(WHOLE, found[CHUNKS])
        table += [[f"{rows:,} rows: {name}", *_cells(runs, base, found[LIMIT])] for name, runs in found.items()]
        values |= {f"{rows:,} rows: {name}": runs for name, runs in found.items()}
    return Section("archive", HEADING, _COLUMNS, table, [_NOTE.format(need=_NEED / 1000)], values)


@contextmanager
def _laid_out(arena: Arena, rows: int) -> Iterator[None]:
    for statement in _LAY_OUT.format(rows=rows).split(";"):
        arena.conn.execute(statement.encode())
    try:
        yield
    finally:
        arena.conn.execute(_GONE.encode())
        # What stands in the archive is never written over, and the next month has the same name.
        shutil.rmtree(arena.place / "archive", ignore_errors=True)


def _ways(arena: Arena, rows: int) -> dict[str, Callable[[], Run]]:
    peer = [str(environment.python()), "-m", "tests.benchmarks.peers.archive"]
    file = str(arena.place / "peer.parquet")
    ways: dict[str, Callable[[], Run]] = {
        OURS: partial(_told, arena, [sys.executable, "-m", "tests.benchmarks.archiving", _NAME], rows),
        CHUNKS: partial(_told, arena, [*peer, "chunks", f"content.{_NAME}", file], rows),
        LIMIT: partial(_copied, arena, rows),
    }
    if psutil.virtual_memory().available > rows * _NEED:
        ways[WHOLE] = partial(_told, arena, [*peer, "whole", f"content.{_NAME}", file], rows)
    return ways


def _told(arena: Arena, words: list[str], rows: int) -> Run:
    settings = {"PYTHONPATH": str(ROOT), "STORAGE_URL": f"file://{arena.place}/archive"}
    done = subprocess.run(words, cwd=ROOT, env={**os.environ, **settings}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{words[2]} failed: {done.stderr[-2000:]}"
    found: Run = json.loads(done.stdout.splitlines()[-1])
    assert rows == found["rows"], f"{words[2]} wrote {found['rows']} rows of {rows}"
    return found


def _copied(arena: Arena, rows: int) -> Run:
    began = time.monotonic()
    words = [str(arena.stack.bindir / "psql"), "--no-psqlrc", "--quiet", "--command", _COPY, arena.database_url]
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL)
    return {"rows": rows, "seconds": time.monotonic() - began}


def _cells(runs: list[Run], base: list[Run], limit: list[Run]) -> list[str]:
    rates, others, most = ([run["rows"] / run["seconds"] for run in each] for each in (runs, base, limit))
    return [
        spread(rates),
        ratio(rates, others),
        ratio(rates, most),
        _or_nothing([run["verified"] / run["seconds"] * 100 for run in runs if "verified" in run], " %"),
        _or_nothing([run["peak"] / 1e6 for run in runs if "peak" in run]),
        _or_nothing([run["bytes"] / 1e6 for run in runs if "bytes" in run]),
    ]


def _or_nothing(values: list[float], unit: str = "") -> str:
    return spread(values) + unit if values else "-"
