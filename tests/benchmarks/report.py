"""The benchmark's words and tables, as they are printed and as README.md holds them: wins and losses alike."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

from tests.benchmarks.words import CAVEATS, METHOD

if TYPE_CHECKING:
    from tests.benchmarks.circumstances import Circumstances
    from tests.benchmarks.kept import Kept
    from tests.benchmarks.section import Section


def document(kept: list[Kept]) -> str:
    """Write README.md: how it was measured, the chart, a table for each measurement, and how to read it."""
    picture = "![Bellwork beside its peers; every figure is in the tables below](chart.svg)"
    newest = max(kept, key=lambda each: each.facts.when).facts
    tables = [f"{table(each.section)}\n\n{_circumstances(each.facts, newest)}" for each in kept]
    return "\n\n".join([METHOD, f"Measured on {newest.ground}", picture, *tables, CAVEATS]) + "\n"


def table(section: Section) -> str:
    """Write a section in Markdown: its heading, its table and its notes."""
    head = [_row(section.columns), _row(["---", *["--:"] * (len(section.columns) - 1)])]
    lines = "\n".join([*head, *map(_row, section.rows)])
    return "\n\n".join([f"## {section.heading}", lines, *section.notes])


def as_json(kept: list[Kept]) -> str:
    """Write everything as data: each section's circumstances and its unrounded values, round by round."""
    measured = {
        each.section.key: {
            "heading": each.section.heading,
            "circumstances": asdict(each.facts),
            "values": each.section.values,
        }
        for each in kept
    }
    return json.dumps({"measurements": measured}, indent=2)


def _circumstances(facts: Circumstances, newest: Circumstances) -> str:
    """Tell the moment, and the ground where it was another one than the newest figures'."""
    return f"{facts.moment}." if facts.stands_on(newest) else f"{facts.moment}, on {facts.ground}"


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"
