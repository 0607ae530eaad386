"""Small pictures as SVG, written by hand: bars, lines over time, and curves in a square; texts are escaped."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_WIDE, _EDGE, _ROW = 560, 40, 26
_INK, _LINE, _PALE = "#22303c", "#2a6f97", "#c9d6df"
_SECOND = "#c8553d"


def bars(title: str, values: Mapping[str, float], *, unit: str = "") -> str:
    """Draw a bar for each name, from the longest to none at all."""
    most = max([*values.values(), 0]) or 1
    label = 170
    parts = []
    for place, (name, value) in enumerate(values.items()):
        y, long = _EDGE + place * _ROW, (_WIDE - label - 80) * value / most
        parts.append(_text(label - 8, y + 14, name, anchor="end"))
        parts.append(f'<rect x="{label}" y="{y}" width="{long:.1f}" height="18" fill="{_LINE}"/>')
        parts.append(_text(label + long + 6, y + 14, f"{value:g}{unit}"))
    return _picture(title, _EDGE + len(values) * _ROW + 12, parts)


def line(title: str, points: Sequence[tuple[str, float]]) -> str:
    """Draw values in their order, with the first and last name below and the most at the side."""
    high, most = 150, max([value for _, value in points] or [0]) or 1
    step = (_WIDE - 2 * _EDGE) / max(len(points) - 1, 1)
    path = " ".join(
        f"{_EDGE + place * step:.1f},{_EDGE + high * (1 - value / most):.1f}" for place, (_, value) in enumerate(points)
    )
    parts = [
        f'<line x1="{_EDGE}" y1="{_EDGE + high}" x2="{_WIDE - _EDGE}" y2="{_EDGE + high}" stroke="{_PALE}"/>',
        f'<polyline points="{path}" fill="none" stroke="{_LINE}" stroke-width="2"/>',
        _text(_EDGE - 6, _EDGE + 6, f"{most:g}", anchor="end"),
        _text(_EDGE - 6, _EDGE + high + 4, "0", anchor="end"),
    ]
    if points:
        parts.append(_text(_EDGE, _EDGE + high + 18, points[0][0]))
        parts.append(_text(_WIDE - _EDGE, _EDGE + high + 18, points[-1][0], anchor="end"))
    return _picture(title, _EDGE + high + 30, parts)


def curves(title: str, curves_: Mapping[str, Iterable[Sequence[float]]], *, across: str, up: str) -> str:
    """Draw curves of points from 0 to 1 in a square, with the diagonal."""
    side = 260
    parts = [
        f'<rect x="{_EDGE}" y="{_EDGE}" width="{side}" height="{side}" fill="none" stroke="{_PALE}"/>',
        f'<line x1="{_EDGE}" y1="{_EDGE + side}" x2="{_EDGE + side}" y2="{_EDGE}" stroke="{_PALE}"/>',
        _text(_EDGE + side / 2, _EDGE + side + 18, across, anchor="middle"),
        f'<g transform="rotate(-90 {_EDGE - 12} {_EDGE + side / 2})">'
        + _text(_EDGE - 12, _EDGE + side / 2, up, anchor="middle")
        + "</g>",
    ]
    for place, (name, points) in enumerate(curves_.items()):
        color = (_LINE, _SECOND)[place % 2]
        path = " ".join(f"{_EDGE + side * x:.1f},{_EDGE + side * (1 - y):.1f}" for x, y in points)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{color}" stroke-width="2"/>')
        parts.append(_text(_EDGE + side + 16, _EDGE + 20 + place * 20, name, color=color))
    return _picture(title, _EDGE + side + 30, parts)


def _picture(title: str, high: float, parts: Iterable[str]) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDE} {high:.0f}" width="{_WIDE}"'
        f' height="{high:.0f}" role="img" font-family="sans-serif" font-size="12"><title>{escape(title)}</title>'
        f'<rect width="{_WIDE}" height="{high:.0f}" fill="#ffffff"/>'
        f'<text x="12" y="22" fill="{_INK}" font-size="15">{escape(title)}</text>{"".join(parts)}</svg>'
    )


def _text(x: float, y: float, words: str, *, anchor: str = "start", color: str = _INK) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" fill="{color}" text-anchor="{anchor}">{escape(words)}</text>'
