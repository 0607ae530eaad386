"""Draws the report's picture: bars with their extremes, side by side, in colours that suit a light and a dark page."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.benchmarks.section import Bar, Chart, Section

#: Pixels: a panel, what of it belongs to names and figures, a bar, and the room around.
PANEL, NAMES, FIGURES = 420, 140, 70
STEP, THICK, HEAD, GAP = 22, 14, 44, 28
COLUMNS = 2
_STYLE = """
text { font: 12px system-ui, -apple-system, "Segoe UI", Helvetica, Arial, sans-serif; fill: #1f2328; }
.title { font-weight: 600; font-size: 14px; }
.quiet { fill: #59636e; }
.ours { font-weight: 600; }
rect { fill: #c3cad2; }
rect.ours { fill: #0b7a75; }
line { stroke: #59636e; stroke-width: 1.5; }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3; }
  .quiet { fill: #9198a1; }
  rect { fill: #4a525c; }
  rect.ours { fill: #2fb8ae; }
  line { stroke: #b6bec7; }
}
"""


def draw(sections: list[Section]) -> str:
    """Return the SVG of all charts of these sections, in their order, two in a row."""
    charts = [chart for section in sections for chart in section.charts]
    rows = [charts[start : start + COLUMNS] for start in range(0, len(charts), COLUMNS)]
    parts, top = [], GAP
    for row in rows:
        for column, chart in enumerate(row):
            parts.append(f'<g transform="translate({GAP + column * (PANEL + GAP)} {top})">{_panel(chart)}</g>')
        top += max(map(_height, row)) + GAP
    width = GAP + COLUMNS * (PANEL + GAP)
    opening = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {top}" width="{width}" role="img">'
    return "\n".join([opening, f"<style>{_STYLE}</style>", *parts, "</svg>"]) + "\n"


def _height(chart: Chart) -> int:
    return HEAD + STEP * len(chart.bars)


def _panel(chart: Chart) -> str:
    return "\n".join(["", *_heading(chart), *_bars(chart), ""])


def _heading(chart: Chart) -> Iterator[str]:
    yield f'<text class="title" y="12">{escape(chart.title)}</text>'
    yield f'<text class="quiet" y="29">{escape(chart.unit)}, {escape(chart.better)} is better</text>'


def _bars(chart: Chart) -> Iterator[str]:
    """Draw them on one axis from 0, whose end is the highest extreme."""
    scale = (PANEL - NAMES - FIGURES) / (max((bar.high for bar in chart.bars), default=0) or 1)
    for place, bar in enumerate(chart.bars):
        yield from _bar(bar, HEAD + place * STEP, scale)


def _bar(bar: Bar, top: float, scale: float) -> Iterator[str]:
    kind, middle = ' class="ours"' if bar.ours else "", top + THICK / 2
    low, high = NAMES + bar.low * scale, NAMES + bar.high * scale
    yield f'<text{kind} x="{NAMES - 8}" y="{middle + 4:g}" text-anchor="end">{escape(bar.name)}</text>'
    yield f'<rect{kind} x="{NAMES}" y="{top:g}" width="{bar.median * scale:.1f}" height="{THICK}" rx="2"/>'
    yield f'<line x1="{low:.1f}" x2="{high:.1f}" y1="{middle:g}" y2="{middle:g}"/>'
    yield f'<text{kind} x="{high + 6:.1f}" y="{middle + 4:g}">{_figure(bar.median)}</text>'


def _figure(value: float) -> str:
    """Write three digits at the least: 12,345 or 123 or 12.3 or 1.23."""
    digits = 0 if value >= 100 else 1 if value >= 10 else 2
    return f"{value:,.{digits}f}"
