"""What each page of the dashboard takes at the server, with a long history, a backlog and two hundred queues."""

from __future__ import annotations

import gzip
import time
from functools import partial
from typing import TYPE_CHECKING, Any

import psycopg
from starlette.testclient import TestClient

from bellwork.db import engine
from bellwork.db.accounts import Token
from bellwork.ops.web import dashboard
from bellwork.ops.web.access import Doors
from tests.benchmarks import apart, estate
from tests.benchmarks.measure import interleaved, say, spread
from tests.benchmarks.operators import snapshot
from tests.benchmarks.section import Section

if TYPE_CHECKING:
    from collections.abc import Callable

    import psutil

    from tests.benchmarks.arena import Arena
    from tests.benchmarks.section import Plan

    Run = dict[str, Any]

HEADING = "Pages of the dashboard on a large estate"
FULL = estate.Size(finished=10_000_000, waiting=50_000, workers=100, actors=1_000, queues=200)
QUICK = estate.Size(finished=500_000, waiting=50_000, workers=100, actors=1_000, queues=200)
_COLUMNS = ["", "ms", "ms the first time", "its own CPU ms", "PostgreSQL's CPU ms", "KB", "compressed"]
_TOKEN = "b" * 32
#: Requests of one turn: PostgreSQL's CPU is told to 10 ms.
_ASKED = 10
_NOTE = (
    "{size.finished:,} jobs finished within {days} days, {size.waiting:,} wait or are due, {size.workers} workers know "
    "{size.actors:,} actors each, in {size.queues} queues; a scheduler's snapshot is there. Pages are asked for in the "
    "server's process, by somebody who is signed in, {asked} times a turn, page after page: from the request to the "
    "last byte, without a network. The first time, neither plans nor templates are there."
)


def measure(arena: Arena, plan: Plan) -> Section:
    """Measure every page, and those of jobs by each field that they are found by."""
    size = QUICK if plan.quick else FULL
    with apart.database(apart.Ground(arena.database_url, "", has_partman=False)) as url:
        apart.migrated()
        engine.forget()
        say(f"laying out {size.finished:,} finished jobs")
        with psycopg.connect(url, autocommit=True) as conn:
            estate.lay_out(conn, size)
            snapshot()
            return section(conn, arena.servers[0], size, plan)


def section(conn: psycopg.Connection[Any], server: psutil.Process, size: estate.Size, plan: Plan) -> Section:
    """Measure the pages of an estate that DATABASE_URL leads to, and `conn`, by which its snapshot stays fresh."""
    doors = Doors((Token("bench", "admin", _TOKEN),))
    signed_in = {"authorization": f"Bearer {_TOKEN}"}
    with TestClient(dashboard(["bench"], doors), "http://bench", headers=signed_in) as client:

        def ask(path: str, times: int) -> Run:
            conn.execute("UPDATE bellwork.snapshot SET at = now(), every = 30, around_at = now()")
            return _asked(client, server, path, times)

        first = {path: ask(path, 1)["ms"] for path in paths(size)}
        ways: dict[str, Callable[[], Run]] = {path: partial(ask, path, _ASKED) for path in paths(size)}
        found = interleaved(ways, plan.rounds)
    rows = [[f"`{path}`", *_cells(first[path], runs)] for path, runs in found.items()]
    return Section(
        "pages", HEADING, _COLUMNS, rows, [_NOTE.format(size=size, days=estate.DAYS, asked=_ASKED)], dict(found)
    )


def paths(size: estate.Size) -> list[str]:
    """List the pages; q3's first actor has many jobs, the middle one few."""
    many, few = estate.actor(3), estate.actor(size.actors // 2)
    dead, waits = size.finished - 499, size.finished + size.waiting // 2
    fields = (
        *("", "?state=dead", "?state=scheduled", "?queue=q3", "?queue=q3&state=dead"),
        *(f"?actor={many}", f"?actor={few}", f"?actor={few}&state=dead", f"?actor={many}&queue=q3", "?actor=nobody"),
        *("?text=valueerror&state=dead", f"?queue=q3&before={size.finished // 2}"),
    )
    return [
        *("/", "/queues", "/queues/q3", "/failures", "/workers"),
        *(f"/jobs{field}" for field in fields),
        *(f"/jobs/{dead}", f"/jobs/{waits}", "/schedule", "/mail", "/partitions", "/actions"),
        *("/act/jobs/retry?queue=q3", f"/act/jobs/cancel?actor={many}", "/act/queues/pause?queue=q3"),
        "/act/queues/limits?queue=q3",
    ]


def _asked(client: TestClient, server: psutil.Process, path: str, times: int) -> Run:
    before, began, own = _cpu(server), time.perf_counter(), time.process_time()
    for _ in range(times):
        answer = client.get(path)
        assert answer.status_code == 200, f"{path} failed: {answer.status_code} {answer.text[-2000:]}"
    took, own = time.perf_counter() - began, time.process_time() - own
    figures = {"ms": took * 1000, "cpu": own * 1000, "postgres": (_cpu(server) - before) * 1000}
    body = answer.content
    return {name: value / times for name, value in figures.items()} | {
        "bytes": len(body),
        "compressed": len(gzip.compress(body)),
    }


def _cpu(server: psutil.Process) -> float:
    """Return the CPU seconds of the server's processes, those that have ended too."""
    ended = server.cpu_times()
    alive = [each.cpu_times() for each in server.children()]
    return float(ended.children_user + ended.children_system + sum(each.user + each.system for each in alive))


def _cells(first: float, runs: list[Run]) -> list[str]:
    figures = [spread([run[name] for run in runs]) for name in ("ms", "cpu", "postgres")]
    sizes = [f"{runs[-1][name] / 1000:,.0f}" for name in ("bytes", "compressed")]
    return [figures[0], f"{first:,.0f}", *figures[1:], *sizes]
