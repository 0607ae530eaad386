"""A small picture of a few numbers: bars as SVG, without words, which some mail programs would show alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

WIDTH, HEIGHT, GAP = 280, 72, 6
#: A day without anything has a line of this height, so that it is seen as a day.
LEAST = 2
_FULL, _EMPTY = "#4f46e5", "#c7d2fe"


def bars(numbers: Sequence[int]) -> str:
    """Draw one bar for each number, the highest as high as the picture; heights are in the numbers' proportion."""
    most, step = max([*numbers, 1]), WIDTH / max(len(numbers), 1)
    drawn = "".join(_bar(step * place, step - GAP, number, most) for place, number in enumerate(numbers))
    about = f'width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="items a day"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {about}>{drawn}</svg>'


def _bar(left: float, width: float, number: int, most: int) -> str:
    height = max(LEAST, HEIGHT * number / most)
    color = _FULL if number else _EMPTY
    return f'<rect x="{left:g}" y="{HEIGHT - height:g}" width="{width:g}" height="{height:g}" rx="2" fill="{color}"/>'
