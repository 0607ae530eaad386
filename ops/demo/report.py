"""What the demo says in the end: a table for people, or one JSON document; the page is made of the same."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from bellwork.db.vocabulary.exhibit import Course, Figures, Film, Letter, Picture, Text
from bellwork.ops import words
from bellwork.ops.cli import output

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from bellwork.db.vocabulary.exhibit import Exhibit
    from bellwork.db.vocabulary.scene import Check, Line

_KINDS = (Course, Film, Figures, Letter, Picture, Text)


@dataclass(frozen=True)
class Shown:
    """One part of the report: a scene as it ended, or the totals."""

    system: str
    anchor: str
    title: str
    seconds: float
    checks: Sequence[Check]
    exhibits: Sequence[Exhibit]
    lines: Sequence[Line] = ()

    @property
    def ok(self) -> bool:
        """Tell whether every fact holds."""
        return all(check.ok for check in self.checks)

    @property
    def said(self) -> str:
        """Say in one sentence how it went."""
        good = sum(check.ok for check in self.checks)
        took = f", in {self.seconds:.1f} s" if self.seconds else ""
        return f"The system {self.system!r}: {good} of {len(self.checks)} facts hold{took}."

    @property
    def by_kind(self) -> dict[str, list[Any]]:
        """Return the exhibits by the name of their kind, each in its order."""
        found: dict[str, list[Any]] = defaultdict(list, {kind.__name__: [] for kind in _KINDS})
        for exhibit in self.exhibits:
            found[type(exhibit).__name__].append(exhibit)
        return found


@dataclass(frozen=True)
class Report:
    """How it went, scene by scene; the totals come last."""

    parts: Sequence[Shown]
    seconds: float
    at: datetime

    @property
    def ok(self) -> bool:
        """Tell whether every fact of every scene holds."""
        return all(part.ok for part in self.parts)

    @property
    def summary(self) -> str:
        """Say it in one sentence."""
        checks = [check for part in self.parts for check in part.checks]
        kinds = {kind: sum(len(part.by_kind[kind]) for part in self.parts) for kind in ("Film", "Letter")}
        made = " and ".join(words.plural(count, kind.lower()) for kind, count in kinds.items() if count)
        scenes = words.plural(len(self.parts) - 1, "scene")
        facts = f"{sum(check.ok for check in checks)} of {len(checks)} facts hold"
        return f"{facts} after {scenes} in {self.seconds:.0f} s{f'; {made}' if made else ''}."


def as_data(report: Report, page: Path, files: Mapping[int, str]) -> dict[str, Any]:
    """Return everything as plain data."""
    return {
        "ok": report.ok,
        "summary": report.summary,
        "seconds": round(report.seconds, 1),
        "page": str(page),
        "films": [str(page.parent / place) for place in files.values() if place.endswith(".mp4")],
        "scenes": [_part_data(part) for part in report.parts],
    }


def print_report(report: Report, page: Path) -> None:
    """Print each scene's table, what does not hold, and where the page is."""
    for part in report.parts:
        output.say("")
        output.say(f"{part.title}. {part.said}", output.STYLES["ok" if part.ok else "fail"])
        for shown in part.by_kind["Figures"][:1]:
            output.table(shown.columns, shown.rows, right=shown.right)
        for check in part.checks:
            if not check.ok:
                output.say(f"  does not hold: {check.fact} Found: {check.found or 'it is not so'}", "red")
    output.say("")
    output.say(report.summary, output.STYLES["ok" if report.ok else "fail"])
    output.say(f"All of it as a page: {page.as_uri()}")


def _part_data(part: Shown) -> dict[str, Any]:
    return {
        "system": part.system,
        "title": part.title,
        "ok": part.ok,
        "seconds": round(part.seconds, 1),
        "orders": [asdict(line) for line in part.lines],
        "checks": [asdict(check) for check in part.checks],
        "figures": [asdict(each) for each in part.by_kind["Figures"]],
        "courses": [asdict(each) for each in part.by_kind["Course"]],
        "letters": [{**asdict(each), "message": None} for each in part.by_kind["Letter"]],
    }
