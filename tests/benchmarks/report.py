"""The benchmark's words and tables, as they are printed and as README.md holds them: wins and losses alike."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

from tests.benchmarks.words import CAVEATS, METHOD

if TYPE_CHECKING:
    from tests.benchmarks.circumstances import Circumstances
    from tests.benchmarks.section import Section


def document(facts: Circumstances, sections: list[Section]) -> str:
    """Write README.md: how it was measured, the chart, a table for each measurement, and how to read it."""
    picture = "![Bellwork beside its peers; every figure is in the tables below](chart.svg)"
    return "\n\n".join([METHOD, facts.sentence(), picture, *map(table, sections), CAVEATS]) + "\n"


def table(section: Section) -> str:
    """Write a section in Markdown: its heading, its table and its notes."""
    head = [_row(section.columns), _row(["---", *["--:"] * (len(section.columns) - 1)])]
    lines = "\n".join([*head, *map(_row, section.rows)])
    return "\n\n".join([f"## {section.heading}", lines, *section.notes])


def as_json(facts: Circumstances, sections: list[Section]) -> str:
    """Write everything as data: the circumstances, and each section's unrounded values, round by round."""
    measured = {section.key: {"heading": section.heading, "values": section.values} for section in sections}
    return json.dumps({"circumstances": asdict(facts), "measurements": measured}, indent=2)


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"
