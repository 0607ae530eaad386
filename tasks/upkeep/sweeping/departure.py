"""What leaves a system otherwise than by a rule of rows: planned and run beside the rules, at the command line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bellwork.db.systems import SystemsError, load, systems

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import Connection

    from bellwork.db.retention import Holder
    from bellwork.tasks.upkeep.sweeping.pace import Budget
    from bellwork.tasks.upkeep.sweeping.plan import Planned
    from bellwork.tasks.upkeep.sweeping.run import Begun, Run


@dataclass(frozen=True)
class Section:
    """What a plan says beside the table of rules: data under a name of its own, and the same as lines for people."""

    name: str
    data: Sequence[Any]
    lines: Sequence[str]


@dataclass(frozen=True)
class Told:
    """What a run did."""

    rows: int = 0
    archives: int = 0
    batches: int = 0
    longest_ms: float = 0.0
    unfinished: bool = False
    said: str | None = None


@dataclass(frozen=True)
class Departure:
    """One way to leave: its key, what would leave now, and a run of it here and now.

    `plan` answers with a line of the table of rules, or with a section of its own. `run` calls what it is given last in
    the transaction in which it begins.
    """

    key: str
    plan: Callable[[Connection], Planned | Section]
    run: Callable[[Holder, Budget, Begun], Told]


def told(run: Run) -> Told:
    """Return what a run did."""
    longest = round(run.longest * 1000, 1)
    return Told(run.rows, run.parcels, run.batches, longest, run.unfinished, run.said)


def departures() -> dict[str, Departure]:
    """Return what every system tells of itself in the module that it names, by key; raises SystemsError."""
    found: dict[str, Departure] = {}
    for each in systems():
        listed = getattr(load(each, each.departures), "DEPARTURES", None) if each.departures else ()
        if not isinstance(listed, tuple | list) or not all(isinstance(one, Departure) for one in listed):
            raise SystemsError(
                f"{each.departures!r} of the system {each.word!r} has no DEPARTURES, a tuple of Departure"
            )
        found |= {one.key: one for one in listed}
    return found
