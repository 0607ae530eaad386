"""Small drawings of figures, as SVG without style or script: what they show stands beside them in words, too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup

if TYPE_CHECKING:
    from collections.abc import Sequence

_WIDTH, _HEIGHT = 120, 28


def spark(values: Sequence[float | None], label: str) -> Markup:
    """Draw a line of figures over time, the newest on the right; a gap where none is known."""
    known = [value for value in values if value is not None]
    if len(known) < 2:  # noqa: PLR2004 - a line has two ends
        return Markup('<span class="quiet">-</span>')
    top = max(*known, 1e-9)
    step = (_WIDTH - 2) / max(len(values) - 1, 1)
    path, drawing = [], False
    for at, value in enumerate(values):
        if value is None:
            drawing = False
            continue
        x, y = 1 + at * step, _HEIGHT - 2 - (_HEIGHT - 4) * value / top
        path.append(f"{'L' if drawing else 'M'}{x:.0f} {y:.1f}")
        drawing = True
    return Markup(
        '<svg class="spark" viewBox="0 0 {} {}" preserveAspectRatio="none" role="img" aria-label="{}">'
        '<path d="{}"/></svg>'
    ).format(_WIDTH, _HEIGHT, label, "".join(path))


def bar(share: float, kind: str = "") -> Markup:
    """Draw how much of a whole there is; the figure stands beside it."""
    width = round(100 * min(max(share, 0), 1), 1)
    return Markup(
        '<svg class="bar {}" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">'
        '<rect width="100" height="6" rx="2"/><rect class="on" width="{}" height="6" rx="2"/></svg>'
    ).format(kind, width)
