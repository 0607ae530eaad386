"""The section of what a tick waits: from its nominal time to the first line of its job, on a system that idles."""

from __future__ import annotations

import json
import os
import sys
import time
from contextlib import contextmanager
from dataclasses import asdict
from random import Random
from typing import TYPE_CHECKING

from bellwork.db.vocabulary import CalendarEntry
from tests.benchmarks import bellwork
from tests.benchmarks.fleet import ROOT, Command, running
from tests.benchmarks.measure import percentile, say, wait_until
from tests.benchmarks.section import Section

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.benchmarks.arena import Arena
    from tests.benchmarks.section import Plan

HEADING = "From a tick's nominal time to the first line of its job"
_COLUMNS = ["", "ticks", "p50 ms", "p99 ms", "longest ms"]
_NOTE = (
    "Nothing else is to be done. The ticks are due at instants drawn by chance, for what is due at a full minute would "
    "always meet the scheduler's rounds, five a second, at the same point."
)
#: As many entries take turns, so that no tick finds the job of the last one unfinished.
ENTRIES = 20
#: Seconds: a tick is due this long after it was ordered at least, and ticks are this far apart on average.
AHEAD, APART = 0.5, 0.3
_LET_BE_DUE = b"""
UPDATE bellwork.entries SET next_tick = clock_timestamp() + make_interval(secs => %s),
    args = jsonb_build_object('number', %s::int)
WHERE key = %s RETURNING extract(epoch FROM next_tick)::float8
"""
_KNOWN = b"SELECT count(*) FROM bellwork.entries WHERE actor = 'bench.due' AND retired_at IS NULL"


def measure(arena: Arena, plan: Plan) -> Section:
    """Measure due with one scheduler and with three, one tick at a time and many at once."""
    found: dict[str, list[float]] = {}
    for schedulers, words in ((1, "one scheduler"), (3, "three schedulers")):
        arena.empty()
        with _calendar(arena, schedulers), bellwork.fleet(arena, [arena.ours.LONG]):
            wait_until(lambda: _count(arena) == ENTRIES)
            _late(arena, ENTRIES, 0)
            say(f"ticks with {words}")
            found[f"Bellwork, {words}"] = _late(arena, plan.pick(quick=40, full=400), APART)
            at_once = [_late(arena, ENTRIES, 0) for _ in range(plan.pick(quick=2, full=20))]
            found[f"Bellwork, {words}, {ENTRIES} ticks at once"] = [each for turn in at_once for each in turn]
    return _section(found)


@contextmanager
def _calendar(arena: Arena, schedulers: int) -> Iterator[None]:
    """Run so many schedulers, whose table has the entries of this benchmark and no others."""
    table = [
        CalendarEntry(f"bench.due_{number}", "0 0 1 1 *", "bench.due", "is measured", args={"number": number})
        for number in range(ENTRIES)
    ]
    (arena.place / "entries.json").write_text(json.dumps({"bench": [asdict(entry) for entry in table]}))
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "FAULTS": str(arena.place)}
    lines = [[sys.executable, "-m", "tests.faults.other_calendar"]] * schedulers
    with running(Command(lines, environment, "scheduler runs", schedulers), arena.log("schedulers")):
        yield


def _late(arena: Arena, count: int, apart: float) -> list[float]:
    """Let so many ticks be due; returns by how many milliseconds their jobs began after them."""
    dice = Random(count)  # noqa: S311 - it has to be the same again
    arena.marks.clear(count)
    nominal = []
    for number in range(count):
        nominal.append(_order(arena, number, AHEAD + dice.uniform(0, apart)))
        time.sleep(apart)
    wait_until(lambda: len(arena.marks.notes(count)) == count, lambda: "a tick's job never ran")
    return [(begun - due) * 1000 for due, begun in zip(nominal, arena.marks.notes(count), strict=True)]


def _order(arena: Arena, number: int, ahead: float) -> float:
    asked = (ahead, number, f"bench.due_{number % ENTRIES}")
    row = arena.conn.execute(_LET_BE_DUE, asked).fetchone()
    assert row is not None, f"there is no entry {asked[2]!r}"
    return float(row[0])


def _count(arena: Arena) -> int:
    row = arena.conn.execute(_KNOWN).fetchone()
    assert row is not None
    return int(row[0])


def _section(found: dict[str, list[float]]) -> Section:
    table = [[name, str(len(late)), *_cells(late)] for name, late in found.items()]
    values = {name: {"ms": late} for name, late in found.items()}
    return Section("due", HEADING, _COLUMNS, table, [_NOTE], values)


def _cells(late: list[float]) -> list[str]:
    return [f"{percentile(late, share):,.0f}" for share in (0.5, 0.99, 1)]
