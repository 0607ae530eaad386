"""What was last measured of everything, as data beside the report: a run of some of it leaves the rest as it was."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from tests.benchmarks.circumstances import Circumstances
from tests.benchmarks.section import Bar, Chart, Section

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


@dataclass(frozen=True)
class Kept:
    """A section of the report, and under which circumstances it was measured."""

    section: Section
    facts: Circumstances


def keep(path: Path, new: Kept, order: Iterable[str]) -> list[Kept]:
    """Put a section in the place of the one with its key; returns all of them, in this order of keys.

    The raw values are left out: they are thousands, and a run prints them as JSON if asked to.
    """
    found = {each.section.key: each for each in load(path)} | {new.section.key: new}
    kept = [found[key] for key in order if key in found]
    path.write_text(json.dumps([_lean(asdict(each)) for each in kept], indent=1) + "\n")
    return load(path)


def load(path: Path) -> list[Kept]:
    """Read what was kept."""
    if not path.exists():
        return []
    return [Kept(_section(each["section"]), Circumstances(**each["facts"])) for each in json.loads(path.read_text())]


def _lean(kept: dict[str, Any]) -> dict[str, Any]:
    del kept["section"]["values"]
    return kept


def _section(stored: dict[str, Any]) -> Section:
    charts = [Chart(**{**chart, "bars": [Bar(**bar) for bar in chart["bars"]]}) for chart in stored.pop("charts")]
    return Section(**stored, charts=charts)
