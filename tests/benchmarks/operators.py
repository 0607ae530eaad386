"""What operators' commands take on a large estate: of their own CPU, of PostgreSQL's, and on the clock."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from functools import partial
from typing import TYPE_CHECKING, Any

import psycopg

from bellwork.db import engine
from bellwork.db.snapshot.around import keep_around
from bellwork.db.snapshot.take import take
from tests.benchmarks import apart, estate
from tests.benchmarks.fleet import ROOT
from tests.benchmarks.measure import interleaved, say, spread, wait_until
from tests.benchmarks.section import Section

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import psutil

    from tests.benchmarks.arena import Arena
    from tests.benchmarks.section import Plan

    Run = dict[str, Any]

HEADING = "Operators' commands on a large estate"
FULL = estate.Size(finished=10_000_000, waiting=50_000, workers=100, actors=1_000)
QUICK = estate.Size(finished=500_000, waiting=25_000, workers=25, actors=200)
_COLUMNS = ["", "ms after imports", "its own CPU ms", "PostgreSQL's CPU ms", "CPU ms of imports"]
#: What ends with what it found; here jobs have waited for hours.
_JUDGES = ("status", "check")
_NOTE = (
    "{size.finished:,} jobs finished within {days} days, {size.waiting:,} wait or are due, and {size.workers} workers "
    "know {size.actors:,} actors each, in {size.queues} queues; two releases run, and a scheduler's "
    "snapshot is there. Each command is a process of its own and "
    "writes into a file, not to a terminal. Its modules are loaded before the clock begins; connecting is in it. "
    "PostgreSQL's CPU is that of all processes that served the command, to 10 ms."
)


def measure(arena: Arena, plan: Plan) -> Section:
    """Measure operators: every command that reads, and those that change one thing."""
    size = QUICK if plan.quick else FULL
    with apart.database(apart.Ground(arena.database_url, "", has_partman=False)) as url:
        apart.migrated()
        engine.forget()
        say(f"laying out {size.finished:,} finished jobs")
        with psycopg.connect(url, autocommit=True) as conn:
            estate.lay_out(conn, size)
            snapshot()
            say("asking")
            return section(conn, arena.servers[0], size, plan)


def section(conn: psycopg.Connection[Any], server: psutil.Process, size: estate.Size, plan: Plan) -> Section:
    """Measure the commands on an estate that DATABASE_URL leads to, and `conn`, by which its snapshot stays fresh."""

    def ask(words: str, modules: Sequence[str] = ()) -> Run:
        conn.execute("UPDATE bellwork.snapshot SET at = now(), every = 30, around_at = now()")
        return _asked(server, words, modules)

    # What is asked first tells which modules it loads.
    learnt = {words: ask(words).pop("modules") for words in _commands(size)}
    ways: dict[str, Callable[[], Run]] = {_title(words): partial(ask, words, names) for words, names in learnt.items()}
    found = interleaved(ways, plan.rounds)
    rows = [[name, *_cells(runs)] for name, runs in found.items()]
    note = _NOTE.format(size=size, days=estate.DAYS)
    return Section("operators", HEADING, _COLUMNS, rows, [note], _values(found))


def _commands(size: estate.Size) -> list[str]:
    """List the commands; the job that is cancelled is put back by the next one."""
    actor, waits, dead = estate.actor(size.actors // 2), size.finished + size.waiting // 2, size.finished - 499
    lists = ["", " --state dead", " --state scheduled", f" --actor {actor}", " --queue q3", " --queue q3 --state dead"]
    return [
        "status",
        "status --json",
        "queues list",
        "workers",
        "check queue-latency -q q3",
        "doctor",
        *(f"jobs list{choice}" for choice in lists),
        *(f"jobs list{choice}" for choice in (" --older-than 2d", " --state dead --error valueerror --queue q3")),
        f"jobs retry --actor {actor} --error valueerror --dry-run",
        "jobs retry --error valueerror --dry-run",
        "jobs retry --error nothing_like_it --dry-run",
        "jobs cancel --queue q3 --older-than 1h --dry-run",
        "failures list",
        "queues limits q3",
        "snapshot --out -",
        f"jobs show {dead}",
        f"jobs explain {waits}",
        f"jobs cancel {waits}",
        f"jobs retry {waits}",
        f"jobs enqueue {actor}",
        "queues pause q3 --reason bench",
        "queues resume q3",
        "acts",
        "schedule list",
        "partitions list",
        "partitions plan",
        "retention plan",
    ]


def snapshot() -> None:
    """Take the snapshot that a scheduler would have taken."""
    assert take("bench:1")
    assert keep_around()


def _title(words: str) -> str:
    """Write the command without the numbers of its jobs."""
    return f"`{' '.join('ID' if word.isdigit() else word for word in words.split())}`"


def _asked(server: psutil.Process, words: str, modules: Sequence[str] = ()) -> Run:
    before, alone = _cpu(server), len(server.children())
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.asked", *words.split()],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        input=" ".join(modules),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{words} failed: {done.stderr[-2000:]}"
    told: Run = json.loads(done.stdout.splitlines()[-1])
    assert told["code"] == 0 or words.split(maxsplit=1)[0] in _JUDGES, f"{words} failed: {done.stderr[-2000:]}"
    wait_until(lambda: len(server.children()) <= alone, lambda: f"sessions of {words} are left")
    return {**told, "postgres": (_cpu(server) - before) * 1000}


def _cpu(server: psutil.Process) -> float:
    """Return the CPU seconds of the server's processes that have ended."""
    took = server.cpu_times()
    return float(took.children_user + took.children_system)


def _cells(runs: list[Run]) -> list[str]:
    return [spread([run[name] for run in runs]) for name in ("wall", "cpu", "postgres", "imports")]


def _values(found: dict[str, list[Run]]) -> dict[str, Any]:
    return {name: [{key: run[key] for key in run if key != "modules"} for run in runs] for name, runs in found.items()}
