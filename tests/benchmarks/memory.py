"""Whether workers grow: the memory of their own against the jobs they have done."""

from __future__ import annotations

from statistics import linear_regression
from typing import TYPE_CHECKING

from tests.benchmarks import bellwork, laid_out
from tests.benchmarks.measure import say
from tests.benchmarks.section import Section

if TYPE_CHECKING:
    from tests.benchmarks.arena import Arena
    from tests.benchmarks.fleet import Fleet
    from tests.benchmarks.section import Plan

    #: Jobs done so far, and the bytes resident in all processes of the fleet.
    Samples = list[tuple[int, int]]

HEADING = "Whether workers grow"
_COLUMNS = ["", "jobs", "MB resident at first", "at the end", "bytes a job"]
_NOTE = (
    "Resident memory of a whole fleet (two workers, master, heartbeat) after each portion of jobs that do nothing, "
    "half of them on either lane; the slope is the least squares' through all samples but the first tenth, in which "
    "pools and caches fill."
)
_WARM_UP = 0.1


def measure(arena: Arena, plan: Plan) -> Section:
    """Measure the memory, in one run."""
    samples = _samples(arena, plan.pick(quick=10, full=50), plan.pick(quick=2_500, full=10_000))
    counted = samples[int(len(samples) * _WARM_UP) :]
    slope = linear_regression(*zip(*counted, strict=True)).slope
    ends = [f"{size / 1e6:,.1f}" for _, size in (samples[0], samples[-1])]
    row = ["Bellwork", f"{samples[-1][0]:,}", *ends, f"{slope:,.1f}"]
    return Section("memory", HEADING, _COLUMNS, [row], [_NOTE], {"Bellwork": {"jobs_and_bytes": samples}})


def _samples(arena: Arena, portions: int, portion: int) -> Samples:
    arena.empty()
    samples: Samples = []
    lanes = bellwork.lanes(arena)
    with bellwork.fleet(arena, [lane.queue for lane in lanes]) as fleet:
        for turn in range(portions):
            say(f"portion {turn + 1} of {portions}")
            for lane in lanes:
                laid_out.lay(arena, lane, portion)
                laid_out.work_off(arena, fleet, lane, portion)
            samples.append(((turn + 1) * portion * len(lanes), _resident(fleet)))
    return samples


def _resident(fleet: Fleet) -> int:
    return sum(process.memory_info().rss for process in fleet.processes())
