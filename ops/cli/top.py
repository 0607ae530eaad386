"""`bellwork top`: the queues, second by second, in a terminal of any size; once, as a table, where there is none."""

from __future__ import annotations

import os
import select
import shutil
import sys
import termios
import tty
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from bellwork.db import quick
from bellwork.ops.cli import figures, output
from bellwork.ops.cli.text_table import Cell, text_table
from bellwork.ops.look import lists

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bellwork.db.snapshot import QueueSnapshot, Snapshot

#: Columns in the order in which they are kept where a terminal is narrow: the state is always there, at the end.
_KEPT = (
    "queue",
    "ready",
    "oldest",
    "state",
    "out/s",
    "in/s",
    "running",
    "dead",
    "drain",
    "wait p95",
    "run p95",
    "later",
)
_HELP = "q quit  s sort  j/k or arrows move  space stop and go  ? help"
_CLEAR, _HOME, _REST, _LINE = "\x1b[2J", "\x1b[H", "\x1b[J", "\x1b[K"
_ENTER, _LEAVE = "\x1b[?1049h\x1b[?25l", "\x1b[?25h\x1b[?1049l"
_UP, _DOWN = {"k", "\x1b[A", "\x1bOA"}, {"j", "\x1b[B", "\x1bOB"}
_MOST_STATE = 28


class Sort(NamedTuple):
    """An order of queues."""

    name: str
    key: Callable[[QueueSnapshot], Any]


SORTS = (
    Sort("trouble", lambda _: 0),
    Sort("ready", lambda each: -each.ready),
    Sort("oldest", lambda each: -each.oldest_ready_seconds),
    Sort("out/s", lambda each: -each.out_rate),
    Sort("name", lambda each: each.queue),
)


class View:
    """What is shown: the order, the first line, and whether it stands still."""

    def __init__(self) -> None:
        self.sort, self.first, self.stopped, self.help = 0, 0, False, False

    def press(self, key: str) -> bool:
        """Do what a key asks for; False where it is to end."""
        if key in {"q", "\x03", "\x04"}:
            return False
        if key == "s":
            self.sort = (self.sort + 1) % len(SORTS)
        elif key == " ":
            self.stopped = not self.stopped
        elif key == "?":
            self.help = not self.help
        elif key in _DOWN:
            self.first += 1
        elif key in _UP:
            self.first = max(0, self.first - 1)
        return True

    def lines(self, found: Snapshot, width: int, height: int) -> list[str]:
        """Return as many lines as there is room for, none wider than the terminal."""
        queues = sorted(found.queues, key=SORTS[self.sort].key)
        self.first = min(self.first, max(0, len(queues) - 1))
        sums = f"{sum(each.ready for each in queues):,} ready, {sum(each.running for each in queues):,} running"
        stopped = "  STOPPED" if self.stopped else ""
        head = [f"bellwork top  {len(queues)} queues, {sums}{stopped}", figures.about(found)]
        table = _table(queues[self.first :][: max(0, height - len(head) - 3)], width)
        foot = _HELP if self.help else f"by {SORTS[self.sort].name}; {_HELP}"
        return [output.shown(line)[:width] for line in [*head, "", *table, foot]][:height]


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(top)


def top(as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document, and end.")] = False) -> None:
    """Watch the queues. Keys: q quits, s sorts, j and k or the arrows move, space stops, ? helps.

    Where standard input or output is no terminal, the figures are shown once.
    """
    if as_json:
        output.print_json(lists.queues(figures.read()))
    elif sys.stdin.isatty() and sys.stdout.isatty():
        _watch()
    else:
        found = figures.read()
        print("\n".join(View().lines(found, 10_000, 10_000)[:-1]))  # noqa: T201 - this is the command's answer


def _watch() -> None:
    view, shown = View(), figures.read()
    with output.unknown_without_postgres(), quick.session() as driver, _screen():
        going = True
        while going:
            if not view.stopped:
                shown = figures.of(driver) or shown
            _draw(view, shown)
            going = view.press(_key(1.0))


def _draw(view: View, found: Snapshot) -> None:
    width, height = shutil.get_terminal_size((80, 24))
    lines = view.lines(found, width, height)
    sys.stdout.write(_HOME + f"{_LINE}\r\n".join(lines) + _LINE + _REST)
    sys.stdout.flush()


def _key(seconds: float) -> str:
    """Wait for a key, so long at most; an arrow is several characters at once."""
    ready, _, _ = select.select([sys.stdin], [], [], seconds)
    if not ready:
        return ""
    read = os.read(sys.stdin.fileno(), 16)
    return read.decode(errors="replace") or "q"


@contextmanager
def _screen() -> Iterator[None]:
    """Take the terminal's other screen, key by key, and give it back as it was, whatever ends it."""
    before = termios.tcgetattr(sys.stdin)
    try:
        tty.setcbreak(sys.stdin)
        sys.stdout.write(_ENTER + _CLEAR)
        yield
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)
        sys.stdout.write(_LEAVE)
        sys.stdout.flush()


def _table(queues: list[QueueSnapshot], width: int) -> list[str]:
    """Return the table with as many columns as fit, the last word cut where even those do not."""
    for kept in range(len(_KEPT), 3, -1):
        columns = [name for name in figures.COLUMNS if name in _KEPT[:kept]]
        rows = [_cells(queue, columns) for queue in queues]
        found = text_table(columns, rows, [name for name in columns if name in figures.NUMBERS])
        if found.fits(width):
            break
    return found.lines()


def _cells(queue: QueueSnapshot, columns: list[str]) -> list[Cell]:
    named = dict(zip(figures.COLUMNS, figures.row(queue), strict=True))
    cut = {"queue": _MOST_STATE, "state": _MOST_STATE}
    return [Cell(output.shown(named[name])[: cut.get(name, 100)]) for name in columns]
