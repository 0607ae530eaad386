"""Tables of cells under their headings: plain lines where they fit, for Rich takes a millisecond a row.

What does not fit is folded by Rich.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.table import Table
    from rich.text import Text

_GAP = "  "


class Cell(NamedTuple):
    """A printable text, and how it looks on a terminal."""

    text: str
    style: str = ""


class TextTable(NamedTuple):
    """Cells under their headings; columns whose place is in `right` hold numbers."""

    rows: list[list[Cell]]
    right: frozenset[int]

    @property
    def widths(self) -> list[int]:
        """Return how wide each column is."""
        return [max(_width(cell.text) for cell in column) for column in zip(*self.rows, strict=True)]

    def fits(self, width: int) -> bool:
        """Tell whether no cell has to be folded in lines of this width."""
        widths = self.widths
        return sum(widths) + len(_GAP) * (len(widths) - 1) <= width

    def lines(self) -> list[str]:
        """Return the lines, without any style."""
        widths = self.widths
        return [_GAP.join(cell.text for cell in self._padded(row, widths)).rstrip() for row in self.rows]

    def styled(self) -> Text:
        """Return the lines as one text, for a terminal."""
        from rich.text import Text  # noqa: PLC0415 - not loaded where nothing has a style

        widths, text = self.widths, Text()
        for number, row in enumerate(self.rows):
            text.append("\n" if number else "")
            for place, cell in enumerate(self._padded(row, widths)):
                text.append(_GAP if place else "").append(cell.text, cell.style)
        return text

    def folded(self) -> Table:
        """Return a table that Rich makes as wide as there is room."""
        from rich.table import Table  # noqa: PLC0415 - as above
        from rich.text import Text  # noqa: PLC0415

        table = Table(box=None, pad_edge=False, header_style="bold")
        head, *rows = self.rows
        for place, cell in enumerate(head):
            table.add_column(cell.text, justify="right" if place in self.right else "left", overflow="fold")
        for row in rows:
            table.add_row(*(Text(cell.text, style=cell.style) for cell in row))
        return table

    def _padded(self, row: list[Cell], widths: list[int]) -> list[Cell]:
        return [
            cell._replace(text=_padded(cell.text, width, right=place in self.right))
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]


def text_table(columns: Sequence[str], rows: Sequence[Sequence[Cell]], right: Sequence[str]) -> TextTable:
    """Put rows under their headings; columns named in `right` hold numbers."""
    head = [Cell(column, "bold") for column in columns]
    places = frozenset(place for place, column in enumerate(columns) if column in right)
    return TextTable([head, *map(list, rows)], places)


def _padded(text: str, width: int, *, right: bool) -> str:
    room = " " * (width - _width(text))
    return room + text if right else text + room


def _width(text: str) -> int:
    """Return how many places of a terminal a text takes; letters of some scripts take two, or none."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len  # noqa: PLC0415 - as above

    return cell_len(text)
