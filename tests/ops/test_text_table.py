"""Tables come out in plain lines where they fit, with the looks of Rich's own, and folded where they do not."""

from __future__ import annotations

import io
from contextlib import redirect_stdout

import pytest

from bellwork.ops.cli import output
from bellwork.ops.cli.text_table import Cell

ROWS = [["a", 1, "x"], ["日本", 22, "yz"], [Cell("b\x1b[31m", "red"), 333, ""]]
COLUMNS = ["name", "count", "what"]


class Terminal(io.StringIO):
    """What tells that it is a terminal."""

    def isatty(self) -> bool:
        """Say so."""
        return True


def printed(stream: io.StringIO, rows: list[list[object]]) -> list[str]:
    """Print a table; returns its lines."""
    with redirect_stdout(stream):
        output.table(COLUMNS, rows, right=["count"])
    return [line.rstrip() for line in stream.getvalue().splitlines()]


def test_a_table_in_a_pipe_is_plain_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    """Columns are as wide as their widest cell, letters of two places counted as two; numbers stand at the right."""
    for name in ("FORCE_COLOR", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)

    assert [
        "name       count  what",
        "a              1  x",
        "日本          22  yz",
        "b\\x1b[31m    333",
    ] == printed(io.StringIO(), ROWS)


def test_a_table_looks_the_same_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same lines, with the colours of their cells where there are any."""
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERM", "xterm")
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)
    coloured = printed(Terminal(), ROWS)
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("TERM", "dumb")
    plain = printed(Terminal(), ROWS)

    assert printed(io.StringIO(), ROWS) == plain
    assert "\x1b[1mname" in coloured[0]
    assert coloured[3].startswith("\x1b[31mb\\x1b[31m")


@pytest.mark.parametrize("stream", [io.StringIO, Terminal])
def test_what_does_not_fit_is_folded(stream: type[io.StringIO], monkeypatch: pytest.MonkeyPatch) -> None:
    """No line is wider than there is room, and no letter is lost."""
    monkeypatch.setenv("TERM", "dumb")
    lines = printed(stream(), [["a" * 300, 1, "b" * 300]])

    assert all(len(line) <= 160 for line in lines)
    assert (300, 300) == ("".join(lines[1:]).count("a"), "".join(lines[1:]).count("b"))
