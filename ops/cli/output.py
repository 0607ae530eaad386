"""What commands print: one JSON document, or tables and sentences in which no argument can play with the terminal."""

from __future__ import annotations

import json
import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NoReturn

from bellwork.db.printable import printable
from bellwork.db.redaction import place_of, secrets_mask, without_secrets
from bellwork.ops import words
from bellwork.ops.cli.text_table import Cell, text_table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from rich.console import Console

#: The words and colours of a verdict; the word is always there, for a terminal without colours.
STYLES = {"ok": "green", "warn": "yellow", "fail": "bold red"}
#: How a command ends that judges (`status`, `check`), as monitoring systems read it; UNKNOWN where it cannot tell.
CODES, UNKNOWN = {"ok": 0, "warn": 1, "fail": 2}, 3


#: A pipe is as wide as this; the cells of a wider table are folded there.
_WIDE = 160
#: What makes Rich write colours although there is no terminal.
_COLOURS = ("FORCE_COLOR", "TTY_COMPATIBLE")


def console() -> Console:
    """Return the console of standard output, as wide as it is; a pipe is wide enough for most tables."""
    from rich.console import Console  # noqa: PLC0415 - not loaded where plain lines are written

    return Console(highlight=False, soft_wrap=False, width=None if sys.stdout.isatty() else _WIDE)


def print_json(data: Any) -> None:
    """Print one JSON document; control characters come out escaped, times in ISO 8601."""
    print(without_secrets(json.dumps(data, indent=2, default=words.plain)))  # noqa: T201 - this is the command's answer


def say(line: str, style: str = "") -> None:
    """Print a sentence."""
    if _is_plain():
        print(shown(line), flush=True)  # noqa: T201 - this is the command's answer
        return
    from rich.text import Text  # noqa: PLC0415 - as above

    console().print(Text(shown(line), style=style), soft_wrap=True)


def warn(line: str) -> None:
    """Say on stderr, in one line, what is to be known beside the answer."""
    sys.stderr.write(f"bellwork: {shown(line)}\n")


def fail(line: str, code: int = 1) -> NoReturn:
    """Say on stderr, in one line, why nothing was done, and end with exit code 1 or another one.

    Under `--json` the same stands on stdout as a document.
    """
    if "--json" in sys.argv[1:]:
        print_json({"ok": False, "error": shown(line)})
    warn(line)
    sys.exit(code)


@contextmanager
def unknown_without_postgres() -> Iterator[None]:
    """End with exit code 3, and first say so, where PostgreSQL cannot be asked or the settings do not lead to it."""
    try:
        yield
    except Exception as error:
        cause = getattr(error, "orig", error)
        name = f"{type(cause).__module__}.{type(cause).__name__}"
        if type(error).__name__ == "SettingsError":
            fail(str(error), UNKNOWN)
        if name == "psycopg.OperationalError":
            said = " ".join(str(cause).split()) or "no answer"
            fail(f"PostgreSQL of DATABASE_URL cannot be asked: {place()}: {said}", UNKNOWN)
        from bellwork.db.outage import explain  # noqa: PLC0415 - errors are rare, and every command would wait for it

        if line := explain(error):
            fail(line, UNKNOWN)
        raise


def place() -> str:
    """Name the server that was to be asked, and nothing that opens it."""
    from bellwork.db.quick import database_url  # noqa: PLC0415 - only for this

    return place_of(database_url()).partition("://")[2]


def table(columns: Sequence[str], rows: Sequence[Sequence[Any]], *, right: Sequence[str] = ()) -> None:
    """Print rows under their headings; columns named in `right` hold numbers. A `Cell` has a style of its own."""
    mask = secrets_mask()
    found = text_table(columns, [[_cell(cell, mask) for cell in row] for row in rows], right)
    if _is_plain() and found.fits(_WIDE):
        print("\n".join(found.lines()))  # noqa: T201 - this is the command's answer
        return
    terminal = console()
    if found.fits(terminal.width):
        terminal.print(found.styled(), soft_wrap=True)
    else:
        terminal.print(found.folded())


def shown(text: str) -> str:
    """Return the text as a terminal may have it: no configured secret in it, and what is not printable spelled out."""
    return printable(without_secrets(text))


def _cell(found: Any, mask: Callable[[str], str]) -> Cell:
    cell = found if isinstance(found, Cell) else Cell(str(found))
    return cell._replace(text=printable(mask(cell.text)))


def _is_plain() -> bool:
    """Tell whether colours are not shown."""
    return not sys.stdout.isatty() and not any(os.environ.get(name) for name in _COLOURS)
