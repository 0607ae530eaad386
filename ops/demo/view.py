"""Shows the requests moving: a table that changes in place on a terminal, a line for each step otherwise."""

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
from bellwork.ops.demo.cases import CASES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bellwork.ops.demo.cases import Case
    from bellwork.ops.demo.play import Play
    from bellwork.ops.demo.seen import Seen

_COLOURS = {"completed": "green", "failed": "bold red", "needs_clarification": "yellow"}


@contextmanager
def watching(*, quiet: bool) -> Iterator[Callable[[Play], None]]:
    """Yield the function that is told of every look."""
    if quiet:
        yield lambda _game: None
    elif sys.stdout.isatty():
        with Live(console=console(), auto_refresh=False) as live:
            yield lambda game: live.update(_sheet(game), refresh=True)
    else:
        yield _Lines().show


def _sheet(game: Play) -> Table:
    sheet = Table(box=None, pad_edge=False, header_style="bold", title=f"{game.seconds:5.1f} s", title_justify="left")
    for column in ("request", "question", "status", ""):
        sheet.add_column(column)
    for case in CASES:
        sheet.add_row(*_row(case, game.seen.get(case.key)))
    return sheet


def _row(case: Case, seen: Seen | None) -> tuple[Text, Text, Text, ProgressBar | Text]:
    status = seen.status if seen else "not asked yet"
    style = _COLOURS.get(status, "green" if seen and seen.settled else "cyan" if seen else "dim")
    bar = ProgressBar(100, seen.progress, width=20) if seen else Text("")
    return Text(case.key), Text(printable(case.query), style="dim"), Text(status, style=style), bar


class _Lines:
    """Prints a line for each step that is new."""

    def __init__(self) -> None:
        self._told: dict[str, int] = {}

    def show(self, game: Play) -> None:
        for case in CASES:
            seen = game.seen.get(case.key)
            if seen is None:
                continue
            if case.key not in self._told:
                _line(game.seconds, case.key, f"asks: {case.query}")
            for step in seen.path[self._told.get(case.key, 0) :]:
                _line(game.seconds, case.key, step.status)
            self._told[case.key] = len(seen.path)
            self._tell_answer(case.key, game)

    def _tell_answer(self, key: str, game: Play) -> None:
        answer = game.answers.get(key)
        if answer and f"{key} answer" not in self._told:
            self._told[f"{key} answer"] = 1
            _line(game.seconds, key, f"answers: {answer['title']}")


def _line(seconds: float, key: str, words: str) -> None:
    print(f"{seconds:6.1f} s  {key:<8} {printable(words)}", flush=True)  # noqa: T201 - this is the command's answer
