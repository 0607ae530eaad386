"""What commands print: one JSON document, or tables and sentences in which no argument can play with the terminal."""

from __future__ import annotations

import json
import sys
from datetime import datetime
from typing import TYPE_CHECKING, Any, NoReturn

from rich.console import Console
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Sequence

#: The words and colours of a verdict; the word is always there, for a terminal without colours.
STYLES = {"ok": "green", "warn": "yellow", "fail": "bold red"}
_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_FEW_SECONDS = 10


def console() -> Console:
    """Return the console of standard output, as wide as it is; a pipe is wide enough for any table."""
    return Console(highlight=False, soft_wrap=False, width=None if sys.stdout.isatty() else 160)


def print_json(data: Any) -> None:
    """Print one JSON document; control characters come out escaped, times in ISO 8601."""
    print(json.dumps(data, indent=2, default=_plain))  # noqa: T201 - this is the command's answer


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


def shortened(value: Any, most: int = 60) -> str:
    """Return a value as JSON, cut to `most` characters."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=_plain)
    return text if len(text) <= most else f"{text[: most - 1]}…"


def duration(seconds: float | None) -> str:
    """Return seconds as somebody at 3 a.m. reads them: 0.4 s, 18 s, 5 min, 3 h, 2 d."""
    if seconds is None:
        return "-"
    if seconds < _FEW_SECONDS:
        return f"{max(seconds, 0):.1f} s"
    if seconds < 2 * _MINUTE:
        return f"{seconds:.0f} s"
    if seconds < 2 * _HOUR:
        return f"{seconds / _MINUTE:.0f} min"
    return f"{seconds / _HOUR:.0f} h" if seconds < 2 * _DAY else f"{seconds / _DAY:.0f} d"


def moment(at: datetime | None) -> str:
    """Return a time in UTC to the second."""
    return f"{at:%Y-%m-%d %H:%M:%S}Z" if at else "-"


def plural(count: int, noun: str) -> str:
    """Return '1 job', '2 jobs'."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return float(value) if hasattr(value, "as_tuple") else str(value)
