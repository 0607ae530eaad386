"""Small drawings of figures, as SVG without style or script: what they show stands beside them in words, too."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from markupsafe import Markup

if TYPE_CHECKING:
    from collections.abc import Sequence

_WIDTH, _HEIGHT = 120, 28


def spark(values: Sequence[float | None], label: str) -> Markup:
    """Draw a line of figures over time on its ground, the newest on the right; a gap where none is known.

    Where all are nothing the ground alone is drawn, dotted.
    """
    known = [value for value in values if value is not None]
    if len(known) < 2:  # noqa: PLR2004 - a line has two ends
        return Markup('<span class="quiet">-</span>')
    top, ground = max(known), _HEIGHT - 2
    path, area = "", ""
    if top > 0:
        step = (_WIDTH - 2) / max(len(values) - 1, 1)
        places = [(1 + at * step, value) for at, value in enumerate(values)]
        for _, run in groupby(places, lambda place: place[1] is None):
            points = [f"{x:.0f} {ground - (_HEIGHT - 4) * value / top:.1f}" for x, value in run if value is not None]
            if points:
                first, last = (point.partition(" ")[0] for point in (points[0], points[-1]))
                path += f"M{'L'.join(points)}"
                area += f"M{first} {ground}L{'L'.join(points)}L{last} {ground}Z"
    drawn = Markup('<path class="area" d="{}"/><path d="{}"/>').format(area, path) if path else ""
    return Markup(
        '<svg class="spark{}" viewBox="0 0 {} {}" preserveAspectRatio="none" role="img" aria-label="{}">'
        '<path class="ground" d="M1 {}H{}"/>{}</svg>'
    ).format("" if path else " none", _WIDTH, _HEIGHT, label, ground, _WIDTH - 1, drawn)


def bar(share: float, kind: str = "") -> Markup:
    """Draw how much of a whole there is; the figure stands beside it."""
    width = round(100 * min(max(share, 0), 1), 1)
    return Markup(
        '<svg class="bar {}" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">'
        '<rect width="100" height="6" rx="2"/><rect class="on" width="{}" height="6" rx="2"/></svg>'
    ).format(kind, width)
