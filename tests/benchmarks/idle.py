"""What a fleet costs that has nothing to do: CPU, commands and statements a second, and memory."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from bellwork.workers import due_set
from tests.benchmarks import bellwork
from tests.benchmarks.comparison import BASE
from tests.benchmarks.fleet import cpu_seconds
from tests.benchmarks.measure import say
from tests.benchmarks.section import Section

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from tests.benchmarks.arena import Arena
    from tests.benchmarks.fleet import Fleet
    from tests.benchmarks.section import Plan

HEADING = "A fleet with nothing to do"
_COLUMNS = [
    "",
    "workers, % of a core",
    "PostgreSQL %",
    "Valkey %",
    "Valkey commands/s",
    "transactions/s",
    "MB resident",
    "MB of its own",
]
_NOTE = (
    "Two processes of eight threads over {seconds} s; all figures are of the whole fleet (Bellwork: two workers, their "
    "master and their heartbeat). MB of its own is what would be free if the fleet were gone. The content system "
    "listens to all of its queues and has its libraries loaded; the others listen to one queue."
)
_COMMITTED = b"SELECT xact_commit + xact_rollback FROM pg_stat_database WHERE datname = current_database()"


@dataclass(frozen=True)
class Idled:
    """What an idle fleet used: CPU in % of a core, Valkey's commands and PostgreSQL's transactions a second, MB."""

    workers: float
    postgres: float
    valkey: float
    commands: float
    transactions: float
    resident: float
    own: float


def measure(arena: Arena, plan: Plan) -> Section:
    """Measure w8: one fleet after the other, alone on the servers."""
    seconds, fleets = plan.pick(quick=6, full=30), [*_fleets(arena).items()][: plan.pick(quick=2, full=3)]
    runs = {name: _idle(arena, fleet, seconds) for name, fleet in fleets}
    table = [[name, *_cells(found)] for name, found in runs.items()]
    values = {name: asdict(found) for name, found in runs.items()}
    return Section("w8", HEADING, _COLUMNS, table, [_NOTE.format(seconds=seconds)], values)


def _fleets(arena: Arena) -> dict[str, Callable[[], AbstractContextManager[Fleet]]]:
    stock = next(contestant for contestant in arena.contestants if contestant.name == BASE)
    queues = ["content", "content-fast", "mail", "video"]
    return {
        BASE: partial(stock.fleet, arena),
        "Bellwork": partial(bellwork.fleet, arena, [arena.ours.LONG]),
        "Bellwork, the content system": partial(
            bellwork.fleet, arena, queues, environment={"SYSTEMS": "content", "WORK_MODULES": ""}
        ),
    }


def _idle(arena: Arena, start: Callable[[], AbstractContextManager[Fleet]], seconds: int) -> Idled:
    arena.empty()
    with start() as fleet:
        say(f"idling for {seconds} s")
        before, begin = _read(arena, fleet), time.monotonic()
        time.sleep(seconds)
        after, spent = _read(arena, fleet), time.monotonic() - begin
        memory = [process.memory_full_info() for process in fleet.processes()]
    rates = [(late - early) / spent for early, late in zip(before, after, strict=True)]
    megabytes = [sum(each) / 1e6 for each in zip(*((used.rss, used.uss) for used in memory), strict=True)]
    return Idled(*(share * 100 for share in rates[:3]), *rates[3:], *megabytes)


def _read(arena: Arena, fleet: Fleet) -> list[float]:
    """Read everybody's seconds of CPU, how many commands Valkey had but for this one, and PostgreSQL's commits."""
    told: dict[str, Any] = due_set.client().info("commandstats")
    commands = sum(stats["calls"] for name, stats in told.items() if name != "cmdstat_info")
    row = arena.conn.execute(_COMMITTED).fetchone()
    assert row is not None
    return [fleet.cpu(), *map(cpu_seconds, arena.servers), commands, row[0]]


def _cells(found: Idled) -> list[str]:
    return [f"{value:,.{1 if value < 100 else 0}f}" for value in asdict(found).values()]
