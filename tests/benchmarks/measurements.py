"""Every measurement, by its key, in the order of the report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.benchmarks import (
    archive,
    at_risk,
    backlog,
    bulk,
    callers,
    care,
    certificates,
    class_lists,
    comparison,
    cost,
    courses_progress,
    courses_search,
    due,
    enqueue,
    etas,
    headroom,
    idle,
    labs,
    ladder,
    learners,
    mails,
    memory,
    nudges,
    operators,
    pages,
    pick_up,
    rescue,
    retention,
    scale,
    snapshots,
    stall,
    tutors,
    webhooks,
)
from tests.benchmarks.measure import say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.benchmarks.arena import Arena
    from tests.benchmarks.section import Plan, Section

MEASUREMENTS: dict[str, Callable[[Arena, Plan], Section]] = {
    "w1": comparison.drains("w1"),
    "w2": comparison.drains("w2"),
    "w3": comparison.drains("w3"),
    "w4": pick_up.measure,
    "callers": callers.measure,
    "etas": etas.measure,
    "limit": headroom.measure,
    "w5": enqueue.measure,
    "w6": bulk.measure,
    "w7": backlog.measure,
    "w8": idle.measure,
    "rescue": rescue.measure,
    "scale": scale.measure,
    "memory": memory.measure,
    "cost": cost.measure,
    "due": due.measure,
    "stall": stall.measure,
    "archive": archive.measure,
    "retention": retention.measure,
    "nudges": nudges.measure,
    "mails": mails.measure,
    "webhooks": webhooks.measure,
    "operators": operators.measure,
    "snapshot": snapshots.measure,
    "pages": pages.measure,
    "tutors": tutors.measure,
    "tutors10": tutors.measure_many,
    "history": tutors.measure_history,
    "care": care.measure,
    "learners": learners.measure,
    "class_lists": class_lists.measure,
    "support": at_risk.measure,
    "labs": labs.measure,
    "certificates": certificates.measure,
    "courses_progress": courses_progress.measure,
    "courses_search": courses_search.measure,
    "ladder": ladder.measure,
}


def measured(arena: Arena, plan: Plan) -> Iterator[Section]:
    """Measure what the arena was opened for, one section after the other."""
    for key, measure in MEASUREMENTS.items():
        if key in arena.wanted:
            say(f"{key}: measuring")
            yield measure(arena, plan)
