"""Rows of CSV, whatever somebody made of them: a bad row costs itself and no other."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bellwork.tasks.content.lists.records import LONGEST, Records

if TYPE_CHECKING:
    from collections.abc import Iterator

_CELLS = st.text(st.characters(exclude_characters="\0\r", exclude_categories=["Cs"]), max_size=20)
_QUOTE = "a quote of this row is not closed, or stands in the middle of a cell"


def read(text: str, delimiter: str = ",") -> dict[int, list[str] | str]:
    """Return each row's cells, or what is wrong with it."""
    records = Records(io.StringIO(text, newline=""))
    records.delimiter = delimiter
    return {number: wrong if cells is None else cells for number, cells, wrong in records}


@given(
    st.lists(st.lists(_CELLS, min_size=2, max_size=4), max_size=6),
    st.sampled_from(",;\t|:"),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    st.sampled_from(["\n", "\r\n"]),
)
def test_what_is_written_is_read(rows: list[list[str]], delimiter: str, quoting: int, end: str) -> None:
    """Cells with delimiters, quotes and line breaks in them, as the standard library writes them."""
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter, quoting=quoting, lineterminator=end).writerows(rows)  # type: ignore[arg-type]

    assert rows == list(read(text.getvalue(), delimiter).values())


@given(st.text(st.sampled_from('a",\n\r '), max_size=60))
def test_no_line_is_lost(text: str) -> None:
    """Whatever stands in a file, its last line is read, and rows are numbered one after the other."""
    found = read(f"{text}\nlast,row\n") if text else {1: ["last", "row"]}

    assert ["last", "row"] in found.values() or any("last" in "".join(cells) for cells in found.values())
    assert sorted(found) == list(found)


def test_a_quote_that_is_never_closed_costs_its_own_row() -> None:
    """csv.reader takes all that follows for one cell, or gives the file up."""
    assert {1: ["a", "b"], 2: _QUOTE, 3: ["c", "d"], 4: ["e", "f"]} == read('a,b\n"never,closed\nc,d\ne,f\n')


def test_quotes_inside_of_a_name_are_letters() -> None:
    """Only a cell that begins with a quote is in quotes."""
    assert {1: ['Tom "T" Lee', "9"], 2: ['O"Hara', "9"]} == read('Tom "T" Lee,9\nO"Hara,9\n')


def test_empty_rows_are_counted_and_left_out() -> None:
    """A spreadsheet counts them, too."""
    assert {1: ["a"], 4: ["b"]} == read("a\n\n\r\nb")


class Endless(io.TextIOBase):
    """A file of which a row is ten megabytes long, that tells how much of it was held at once."""

    def __init__(self) -> None:
        self._parts = self._made()
        self.asked = 0

    def readline(self, size: int | None = -1, /) -> str:  # type: ignore[override]  # of text
        """Read a line, or so much of it."""
        self.asked = max(self.asked, size or -1)
        return next(self._parts, "")

    @staticmethod
    def _made() -> Iterator[str]:
        yield "a,b\n"
        yield from ["x" * LONGEST] * 160
        yield "x\n"
        yield "c,d\n"


def test_a_cell_of_ten_megabytes_is_never_held() -> None:
    """It is read in pieces, and its row is refused."""
    file = Endless()
    found = [(number, cells) for number, cells, _ in Records(file)]  # type: ignore[arg-type]  # it is read by lines

    assert [(1, ["a", "b"]), (2, None), (3, ["c", "d"])] == found
    assert LONGEST == file.asked


@pytest.mark.parametrize("before", ["", "\n\r\n", "sep=;\n", ",,,\n"])
def test_the_header_is_row_1(before: str) -> None:
    """Whatever stands before it: empty rows, and the line by which a spreadsheet is told the delimiter."""
    records = Records(io.StringIO(f"{before}email,first\nx,y\n", newline=""))

    assert "email,first\n" == records.first_line()
    assert [1, 2] == [number for number, _, _ in records]
