"""Labs: how long one takes to start, to be judged and to go, with a hundred that wait; and what is over, set by set."""

from __future__ import annotations

import os
import socket
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, redirect_stdout, suppress
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import psutil
from sqlalchemy import text
from websockets.sync.client import connect

from bellwork.db import engine
from bellwork.db.courses.seed import seed_course
from bellwork.db.engine import transaction
from bellwork.ops.web import dashboard
from bellwork.ops.web.serve import server
from bellwork.tasks.courses.labs.release import release_lab
from bellwork.tasks.courses.labs.sweep import expire_labs
from bellwork.tasks.providers.labs import LabOrder, parse_criteria
from bellwork.tasks.providers.labs.bubblewrap.container import Container
from bellwork.tasks.providers.labs.ticket import PATH, ticket
from bellwork.workers.testing import run_inline
from tests.benchmarks import apart
from tests.benchmarks.measure import interleaved, percentile, say, spread
from tests.benchmarks.section import Section
from tests.sandbox import host_of_labs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Connection

    from bellwork.tasks.providers.labs.bubblewrap import Bubblewrap
    from tests.benchmarks.arena import Arena
    from tests.benchmarks.section import Plan

HEADING = "Labs"
_COLUMNS = ["", "labs", "p50, ms", "p95, ms", "all, ms", "times as fast as the loop"]
_NOTE = (
    "Labs are real sandboxes of this machine (bubblewrap, a user of its own each, control groups: {groups}), with "
    "a home and a starter file; {labs} of them are asked for at once of eight threads, as of a worker, and p50 and "
    "p95 are counted from there, so that they hold what the last ones waited. One alone starts in {alone:.0f} ms and "
    "takes {memory:.1f} MB (PSS); a key typed into its terminal comes back from a program in it, over a WebSocket of "
    "`bellwork web`, after {echo:.2f} ms (median of 200). The sweep is the whole job: it ends {due} sessions of {all} "
    "and sends a job for each container, by a statement each; the loop does the same in a transaction for each, over "
    "one connection and with prepared statements. Beside them stand {running} sessions that run on and {over} that "
    "are over."
)
_FILL = """
INSERT INTO courses.lab_sessions (id, lab_id, user_id, status, container_id, started_at, expires_at, completed_at)
SELECT gen_random_uuid(), :lab, u.id, CAST(:status AS courses.session_status), NULL, now() - interval '1 hour',
       now() + CAST(:ends AS interval) + u.n * interval '1 millisecond', CASE WHEN :status = 'completed' THEN now() END
FROM bench_users u WHERE u.n > :low AND u.n <= :high
"""
_CONTAINERS = """
INSERT INTO courses.lab_containers (lab_session_id, reset_no, container_id, host, state)
SELECT id, 0, 'lab-' || id || '-0', 'here', CASE WHEN status = 'running' THEN 'running' ELSE 'gone' END
FROM courses.lab_sessions
"""
_USERS = """
INSERT INTO courses.users (email, password_hash, first_name, last_name)
SELECT 'bench-' || n || '@example.org', 'none', 'Ada', 'Moss' FROM generate_series(1, :count) n;
CREATE TABLE bench_users AS SELECT id, row_number() OVER () AS n FROM courses.users WHERE email LIKE 'bench-%';
CREATE UNIQUE INDEX ON bench_users (n)
"""
_AGAIN = """
UPDATE courses.lab_containers c SET state = 'running' FROM courses.lab_sessions s
WHERE s.id = c.lab_session_id AND s.status = 'expired';
UPDATE courses.lab_sessions SET status = 'running' WHERE status = 'expired';
DELETE FROM bellwork.jobs
"""
_ONE = text("""
UPDATE courses.lab_sessions SET status = 'expired', terminal_url = NULL, updated_at = now()
WHERE id = :id AND status IN ('running', 'paused') AND expires_at <= now()
""")
_ITS = text("""
UPDATE courses.lab_containers SET state = 'releasing', changed_at = now()
WHERE lab_session_id = :id AND state IN ('asked', 'running') RETURNING container_id
""")
_ENDED = text("""
SELECT (SELECT count(*) FROM courses.lab_sessions WHERE status = 'expired'),
       (SELECT count(*) FROM bellwork.jobs WHERE actor = 'courses.release_lab')
""")
_DUE = text("SELECT id FROM courses.lab_sessions WHERE status IN ('running', 'paused') AND expires_at <= now()")


def measure(arena: Arena, plan: Plan) -> Section:
    """Measure labs on this machine, and the sweep of sessions among a million."""
    labs = plan.pick(quick=10, full=100)
    with host_of_labs() as host:
        starts, judged, released, alone, memory, echo = _labs(host, labs)
        groups = "all" if not host.loose() else f"without {', '.join(host.loose())}"
    due, running, over = (200, 1_000, 5_000) if plan.quick else (5_000, 95_000, 1_000_000)
    swept = _sweeps(arena, plan, due, running, over)
    loop = median(swept["a loop over sessions"])
    rows = [
        ["a lab starts", str(labs), *_shares(starts), f"{max(starts):,.0f}", ""],
        ["a lab is judged", str(labs), *_shares(judged), "", ""],
        ["a lab is released", str(labs), *_shares(released), "", ""],
        *([name, f"{due:,}", "", "", spread(ms), f"{loop / median(ms):.1f}"] for name, ms in swept.items()),
    ]
    figures = {"labs": labs, "groups": groups, "alone": alone, "memory": memory, "echo": echo}
    sizes = {"due": f"{due:,}", "all": f"{due + running + over:,}", "running": f"{running:,}", "over": f"{over:,}"}
    values = {"starts": starts, "judged": judged, "released": released, "alone": alone, "echo": echo, **swept}
    return Section("labs", HEADING, _COLUMNS, rows, [_NOTE.format(**figures, **sizes)], values)


def _labs(host: Bubblewrap, count: int) -> tuple[list[float], list[float], list[float], float, float, float]:
    say(f"starting {count} labs")
    host.create(LabOrder("lab-first"))
    alone = _timed(lambda: host.create(LabOrder("lab-alone", files={"app.py": "print(7)"})))
    memory, echo = _memory(host, "lab-alone"), _echo(host, "lab-alone")
    criteria = parse_criteria([{"kind": "output_equals", "command": "cat app.py", "expected": "print(7)"}])
    names = [f"lab-{number}" for number in range(count)]
    began = time.perf_counter()

    def start(name: str) -> float:
        host.create(LabOrder(name, files={"app.py": "print(7)"}))
        return 1000 * (time.perf_counter() - began)

    with ThreadPoolExecutor(8) as threads:
        starts = list(threads.map(start, names))
    judged = [_timed(lambda each=name: host.judge(each, criteria)) for name in names]  # type: ignore[misc]
    released = [_timed(lambda each=name: host.release(each)) for name in names]  # type: ignore[misc]
    return starts, judged, released, alone, memory, echo


def _sweeps(arena: Arena, plan: Plan, due: int, running: int, over: int) -> dict[str, list[float]]:
    there = apart.Ground(arena.database_url, "", has_partman=False)
    with apart.database(there), redirect_stdout(sys.stderr):
        apart.migrated()
        engine.forget()
        say(f"laying out {due + running + over:,} sessions")
        _lay_out(due, running, over)

        def ours() -> float:
            return _timed(lambda: run_inline(expire_labs))

        ways = {"the sweep": _checked(ours, due), "a loop over sessions": _checked(_loop, due)}
        return interleaved(ways, 2 if plan.quick else plan.rounds)


def _lay_out(due: int, running: int, over: int) -> None:
    with transaction() as conn:
        conn.execute(text("SET LOCAL statement_timeout = 0"))
        lab = seed_course(conn).labs["lab"]
        for statement in _USERS.split(";"):
            conn.execute(text(statement), {"count": max(due + running, 1)} if ":count" in statement else {})
        users = due + running
        _fill(conn, lab=lab, status="running", ends="-1 hour", low=0, high=due)
        _fill(conn, lab=lab, status="running", ends="1 hour", low=due, high=users)
        for done in range(0, over, users):
            _fill(conn, lab=lab, status="completed", ends="-2 days", low=0, high=min(users, over - done))
        conn.execute(text(_CONTAINERS))
    _analyze()


def _fill(conn: Connection, **given: Any) -> None:
    conn.execute(text(_FILL), given)


@contextmanager
def _as_before() -> Iterator[None]:
    yield
    with transaction() as conn:
        conn.execute(text("SET LOCAL statement_timeout = 0"))
        for statement in _AGAIN.split(";"):
            conn.execute(text(statement))
    _analyze()


def _checked(way: Callable[[], float], due: int) -> Callable[[], float]:
    def checked() -> float:
        with _as_before():
            took = way()
            with transaction() as conn:
                ended = conn.execute(
                    text("SELECT count(*) FROM courses.lab_sessions WHERE status = 'expired'")
                ).scalar()
                jobs = conn.execute(
                    text("SELECT count(*) FROM bellwork.jobs WHERE actor = 'courses.release_lab'")
                ).scalar()
            assert (due, due) == (ended, jobs), f"{ended} ended and {jobs} jobs, of {due}"
        return took

    return checked


def _loop() -> float:
    began = time.perf_counter()
    with transaction() as conn:
        due = list(conn.execute(_DUE).scalars())
    for session in due:
        with transaction() as conn:
            if conn.execute(_ONE, {"id": session}).rowcount:
                for container in conn.execute(_ITS, {"id": session}).scalars():
                    release_lab.send_with_options(
                        kwargs={"container_id": container}, unique_key=f"courses.release_lab:{container}"
                    )
    return 1000 * (time.perf_counter() - began)


def _memory(host: Bubblewrap, lab: str) -> float:
    first = Container(host._place.lab(lab)).first()
    assert first
    process = psutil.Process(first.pid)
    family = [process, *process.children(recursive=True), process.parent()]  # bwrap itself waits above pid 1
    return float(sum(each.memory_full_info().pss for each in family if each)) / 2**20


def _echo(host: Bubblewrap, lab: str) -> float:
    """Return the middle time from a key to its sight, in ms, over a WebSocket to a shell of the lab."""
    key = "k" * 32
    told = {"LABS_URL": f"bwrap://{host._place.root}", "LABS_KEY": key}
    with patch.dict(os.environ, told), socket.create_server(("127.0.0.1", 0)) as heard:
        engine.forget()
        web = server(dashboard(["127.0.0.1"]))
        thread = threading.Thread(target=web.run, args=([heard],))
        thread.start()
        good = ticket(lab, datetime.now(UTC) + timedelta(minutes=5), key)
        times = []
        with connect(f"ws://127.0.0.1:{heard.getsockname()[1]}{PATH}/{good}") as line:
            line.send(b"stty raw -echo; cat\n")  # what is typed comes back by a program of the lab
            with suppress(TimeoutError):
                while line.recv(timeout=1):
                    pass
            for _ in range(200):
                began = time.perf_counter()
                line.send(b"x")
                line.recv(timeout=10)
                times.append(1000 * (time.perf_counter() - began))
        web.should_exit = True
        thread.join()
    engine.forget()
    return median(times)


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return 1000 * (time.perf_counter() - began)


def _shares(times: list[float]) -> tuple[str, str]:
    return f"{percentile(times, 0.5):,.0f}", f"{percentile(times, 0.95):,.0f}"


def _analyze() -> None:
    with engine.engine().connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
        conn.execute(text("SET statement_timeout = 0"))
        conn.execute(text("VACUUM ANALYZE courses.lab_sessions, courses.lab_containers, bellwork.jobs"))
