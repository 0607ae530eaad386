"""What a soak ends with: one line that says whether every promise was kept, and the figures behind it."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from bellwork.ops.words import plural

if TYPE_CHECKING:
    from pathlib import Path

    from tests.soak.check import Findings
    from tests.soak.nemesis import Event


@dataclass(frozen=True)
class Report:
    """One run; `quiet_after` is in seconds from the last heal to the last job's end, None where that never came."""

    seed: int
    seconds: float
    events: list[Event]
    restarts: int
    quiet_after: float | None
    violations: list[str]
    orders: dict[str, int]
    ends: dict[str, int]
    ticks: dict[str, int]
    turned_back: int
    kept_in: Path | None

    @property
    def whole(self) -> bool:
        """Tell whether every promise was kept."""
        return not self.violations

    @property
    def verdict(self) -> str:
        """Say it in one line."""
        seen = (
            f"{plural(sum(self.orders.values()), 'order')}, {plural(sum(self.ends.values()), 'job')}, "
            f"{plural(sum(self.ticks.values()), 'tick')}, "
            f"{plural(len(self.events), 'event')}, {plural(self.restarts, 'restart')}"
        )
        run = f"soak of {self.seconds:g} s with seed {self.seed}"
        if self.whole:
            return f"{run}: whole; {seen}, quiet after {self.quiet_after or 0:.1f} s"
        return f"{run}: broken, {plural(len(self.violations), 'violation')}; {seen}; see {self.kept_in}"

    def as_data(self) -> dict[str, Any]:
        """Return the report as plain data."""
        return {"verdict": "whole" if self.whole else "broken", "summary": self.verdict, **asdict(self)}


def counted(found: Findings) -> dict[str, dict[str, int]]:
    """Count orders by kind, and jobs by how they ended."""
    return {
        "orders": dict(Counter(order.kind for order in found.orders.values())),
        "ends": dict(Counter(job.state for job in found.jobs)),
    }
