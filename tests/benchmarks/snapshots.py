"""What the snapshot of all queues costs, which a scheduler takes each second: at rest, of a backlog, beside work."""

from __future__ import annotations

import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING

from bellwork.db.snapshot.take import EVERY, LONGEST, PAUSE, take
from tests.benchmarks import bellwork, laid_out
from tests.benchmarks.fleet import cpu_seconds
from tests.benchmarks.measure import interleaved, ratio, say, spread
from tests.benchmarks.section import Section

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.benchmarks.arena import Arena
    from tests.benchmarks.bellwork import Bellwork
    from tests.benchmarks.fleet import Fleet
    from tests.benchmarks.laid_out import Drained
    from tests.benchmarks.section import Plan

HEADING = "The snapshot of all queues"
_COLUMNS = ["", "ms of CPU each", "% of a core", "jobs/s", "times"]
_NOTE = (
    "CPU is that of the scheduler's process and of PostgreSQL, for one snapshot; one that takes longer than "
    "{long:.0f} ms is followed by a pause of {pause:.0f} times as long, so that it keeps less than {most:.0f} % of a "
    "core busy, and by {longest:.0f} s at most. Jobs a second are those of a backlog in the short lane that a fleet "
    "works off while another process takes snapshots as a scheduler does, beside the same without; in turns."
)
#: At rest: so many queues; and jobs that wait in the last of them.
_AT_REST = {"10 queues at rest": (10, 0), "200 queues at rest": (200, 0), "200 queues, 50,000 jobs wait": (200, 50_000)}
_ACTORS = b"""
INSERT INTO bellwork.actors (name, queue, priority, lane)
SELECT 'bench.q' || n, 'bench.q' || n, 0, 'long' FROM generate_series(1, %s) n
"""
_JOBS = b"""
INSERT INTO bellwork.jobs (actor, queue, args)
SELECT 'bench.q' || n %% %s + 1, 'bench.q' || n %% %s + 1, '{}' FROM generate_series(1, %s) n
"""
_DUE = b"UPDATE bellwork.snapshot SET at = at - interval '20 s', every = 1"
_TAKE = "import time\nfrom bellwork.db.snapshot.take import take\nwhile True:\n    take('bench:1')\n    time.sleep(0.5)"


def measure(arena: Arena, plan: Plan) -> Section:
    """Measure the snapshot: one after another, and beside a fleet that works."""
    takes = plan.pick(quick=20, full=100)
    alone = {name: _taken(arena, *sizes, takes, plan.rounds) for name, sizes in _AT_REST.items()}
    arena.empty()
    lane = bellwork.lanes(arena)[0]
    with bellwork.fleet(arena, [lane.queue]) as fleet:
        run = partial(_drain, arena, fleet, lane, int(lane.pace["nothing"] * plan.seconds * 2))
        found = interleaved({"without": run, "with": partial(_beside, run)}, plan.rounds)
    rates = {name: [each.rate for each in runs] for name, runs in found.items()}
    rows = [[name, spread(ms, 1), _share(ms), "", ""] for name, ms in alone.items()]
    rows += [
        ["a fleet works, no snapshot", "", "", spread(rates["without"]), "1.00x"],
        [
            "a fleet works, a snapshot each second",
            "",
            "",
            spread(rates["with"]),
            ratio(rates["with"], rates["without"]),
        ],
    ]
    note = _NOTE.format(long=1000 * EVERY / PAUSE, pause=PAUSE, most=100 / PAUSE, longest=LONGEST)
    values = {"ms": alone, **{name: [asdict(each) for each in runs] for name, runs in found.items()}}
    return Section("snapshot", HEADING, _COLUMNS, rows, [note], values)


def _taken(arena: Arena, queues: int, jobs: int, takes: int, rounds: int) -> list[float]:
    """Return how many milliseconds of CPU a snapshot takes, round by round."""
    say(f"{queues} queues, {jobs:,} jobs: {takes} snapshots, {rounds} times")
    arena.empty()
    for table in (b"actors", b"queue_figures", b"actor_figures", b"queue_seconds"):
        arena.conn.execute(b"DELETE FROM bellwork.%b" % table)
    arena.conn.execute(_ACTORS, (queues,))
    if jobs:
        arena.conn.execute(_JOBS, (queues, queues, jobs))
    arena.conn.execute(b"VACUUM ANALYZE bellwork.jobs")
    for _ in range(5):
        _one(arena)
    return [_round(arena, takes) for _ in range(rounds)]


def _round(arena: Arena, takes: int) -> float:
    before = time.process_time() + cpu_seconds(arena.servers[0])
    for _ in range(takes):
        _one(arena)
    return (time.process_time() + cpu_seconds(arena.servers[0]) - before) * 1000 / takes


def _one(arena: Arena) -> None:
    arena.conn.execute(_DUE)
    if not take("bench:1"):
        raise AssertionError("no snapshot was taken")


def _share(ms: list[float]) -> str:
    """Return the share of a core that snapshots of so many milliseconds keep busy, with the pauses between them."""
    middle = sorted(ms)[len(ms) // 2]
    return f"{100 * middle / 1000 / max(EVERY, middle / 1000 * PAUSE):.1f}"


def _drain(arena: Arena, fleet: Fleet, lane: Bellwork, count: int) -> Drained:
    laid_out.lay(arena, lane, count)
    return laid_out.work_off(arena, fleet, lane, count)


def _beside(run: Callable[[], Drained]) -> Drained:
    with _scheduler():
        return run()


@contextmanager
def _scheduler() -> Iterator[None]:
    """Take snapshots as a scheduler does, in a process of its own."""
    with subprocess.Popen([sys.executable, "-c", _TAKE]) as process:
        try:
            yield
        finally:
            process.terminate()
