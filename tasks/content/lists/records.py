"""Rows of CSV, one after the other, whatever somebody made of them: each is cells, or refused by its number.

A quote that is never closed, or a cell of ten megabytes, costs its own row and no other; the standard library's reader
takes everything up to the next quote, or gives up the file.
"""

from __future__ import annotations

import csv
from collections import deque
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Characters of one row, with its line breaks, and lines that a cell in quotes may go over.
LONGEST, LINES = 1 << 16, 50
_TOO_LONG = f"the row is longer than {LONGEST:,} characters"
_QUOTE = "a quote of this row is not closed, or stands in the middle of a cell"


class Records:
    """Iterates over rows as (number, cells or None, what is wrong); numbers are a spreadsheet's, the first row is 1.

    Empty rows are counted and left out. Rows before the header that are empty, and a line `sep=;`, are not counted.
    """

    def __init__(self, file: TextIO) -> None:
        self._file, self._back = file, deque[str]()
        self.delimiter = ","
        self.number = 0

    def first_line(self) -> str:
        """Return the header as it is written, empty where there is none; it stays to be read as row 1."""
        while line := self._line():
            if line.strip("\r\n\t ;,|:\ufeff") and not line.lower().startswith(("sep=", '"sep=')):
                self._back.appendleft(line)
                return line
        return ""

    def __iter__(self) -> Iterator[tuple[int, list[str] | None, str]]:
        """Yield the rows that are left."""
        delimiter = self.delimiter
        while line := self._line():
            self.number += 1
            if len(line) >= LONGEST and line[-1] not in "\r\n":
                self._skip()
                yield self.number, None, _TOO_LONG
            elif '"' in line:
                yield self.number, *self._quoted(line)
            elif stripped := line.rstrip("\r\n"):
                yield self.number, stripped.split(delimiter), ""

    def _line(self) -> str:
        return self._back.popleft() if self._back else self._file.readline(LONGEST)

    def _skip(self) -> None:
        """Read the rest of a line that is too long, and keep none of it."""
        while (more := self._file.readline(LONGEST)) and more[-1] not in "\r\n":
            continue

    def _quoted(self, line: str) -> tuple[list[str] | None, str]:
        taken = [line]
        found = self._parse(taken)
        while found is None:
            more = self._line() if len(taken) < LINES else ""
            if not more or sum(map(len, taken)) + len(more) > LONGEST:
                # The row is refused alone: what it would have swallowed is read as rows of its own.
                self._back.extendleft(reversed([*taken[1:], *([more] if more else [])]))
                return None, _QUOTE
            taken.append(more)
            if '"' in more:
                found = self._parse(taken)
        return (found, "") if found else (None, _QUOTE)

    def _parse(self, lines: list[str]) -> list[str] | None:
        """Return the cells, none where the quotes are wrong, None where lines are missing."""
        try:
            return next(csv.reader(["".join(lines)], delimiter=self.delimiter, strict=True))
        except csv.Error as error:
            return None if "unexpected end" in str(error) else []
