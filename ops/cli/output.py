"""What commands print: one JSON document, or tables and sentences in which no argument can play with the terminal."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any, NoReturn

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ops import words

if TYPE_CHECKING:
    from collections.abc import Sequence

#: The words and colours of a verdict; the word is always there, for a terminal without colours.
STYLES = {"ok": "green", "warn": "yellow", "fail": "bold red"}


def console() -> Console:
    """Return the console of standard output, as wide as it is; a pipe is wide enough for any table."""
    return Console(highlight=False, soft_wrap=False, width=None if sys.stdout.isatty() else 160)


def print_json(data: Any) -> None:
    """Print one JSON document; control characters come out escaped, times in ISO 8601."""
    print(json.dumps(data, indent=2, default=words.plain))  # noqa: T201 - this is the command's answer


def say(line: str, style: str = "") -> None:
    """Print a sentence."""
    console().print(Text(printable(line), style=style), soft_wrap=True)


def warn(line: str) -> None:
    """Say on stderr, in one line, what whoever asked should know beside the answer."""
    sys.stderr.write(f"bellwork: {printable(line)}\n")


def fail(line: str) -> NoReturn:
    """Say on stderr, in one line, why nothing was done, and end with exit code 1."""
    warn(line)
    sys.exit(1)


def table(columns: Sequence[str], rows: Sequence[Sequence[Any]], *, right: Sequence[str] = ()) -> None:
    """Print rows under their headings; columns named in `right` hold numbers."""
    sheet = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        sheet.add_column(column, justify="right" if column in right else "left", overflow="fold")
    for row in rows:
        sheet.add_row(*(cell if isinstance(cell, Text) else Text(printable(str(cell))) for cell in row))
    console().print(sheet)


def printable(text: str) -> str:
    """Return the text with every character that could move the cursor, colour or reorder the line spelled out."""
    return "".join(sign if sign.isprintable() else repr(sign)[1:-1] for sign in text)
