"""Shows the orders of all scenes moving: a table in its place on a terminal, a line for each step otherwise."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from bellwork.db.wording import printable
from bellwork.ops.cli.output import console

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bellwork.db.vocabulary.scene import Line
    from bellwork.ops.demo.play import Game


@contextmanager
def watching(*, quiet: bool) -> Iterator[Callable[[Game], None]]:
    """Yield the function that is told of every look."""
    if quiet:
        yield lambda _game: None
    elif sys.stdout.isatty():
        with Live(console=console(), auto_refresh=False) as live:
            yield lambda game: live.update(_table(game), refresh=True)
    else:
        yield _Lines().show


def _table(game: Game) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold", title=f"{game.seconds:5.1f} s", title_justify="left")
    for column in ("system", "order", "about", "status", ""):
        table.add_column(column)
    for part in game.parts:
        for number, line in enumerate(part.lines):
            table.add_row(Text("" if number else printable(part.system), style="bold"), *_row(line))
    return table


def _row(line: Line) -> tuple[Text, Text, Text, ProgressBar | Text]:
    bar = Text("") if line.share is None else ProgressBar(100, round(100 * line.share), width=20)
    status = Text(printable(line.status), style="green" if line.over else "cyan")
    return Text(printable(line.name)), Text(printable(line.about), style="dim"), status, bar


class _Lines:
    """Prints a line for each status that is new."""

    def __init__(self) -> None:
        self._told: dict[tuple[str, str], str] = {}

    def show(self, game: Game) -> None:
        for part in game.parts:
            for line in part.lines:
                key = (part.system, line.name)
                if self._told.get(key) != line.status:
                    about = "" if key in self._told else f" ({line.about})"
                    _print(f"{game.seconds:6.1f} s  {part.system:<9} {line.name:<10} {line.status}{about}")
                    self._told[key] = line.status


def _print(words: str) -> None:
    print(printable(words), flush=True)  # noqa: T201 - this is the command's answer
