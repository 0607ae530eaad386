"""What an operator agrees to before many jobs are changed: asked on a terminal, told by --yes elsewhere."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from bellwork.ops.cli import output

#: More jobs than this take their number typed, as on a page.
FEW = 100
Yes = Annotated[bool, typer.Option("--yes", help="Do it without asking.")]


def consent(deed: str, count: int, *, yes: bool, is_more: bool = False, always: bool = False) -> None:
    """Ask whether `deed` may be done to so many jobs, and end the command with exit code 1 where it may not.

    Few are not asked about, unless `always`. Where nobody can answer, --yes is needed.
    """
    if yes or (count <= FEW and not is_more and not always):
        return
    if not is_terminal():
        output.fail(f"nothing was changed: say --yes to {deed}; nobody can be asked here")
    wanted = f"{count}" if count > FEW or (count and is_more) else "yes"
    sys.stderr.write(f"{output.shown(deed).capitalize()}? Type {wanted} to do it: ")
    sys.stderr.flush()
    if sys.stdin.readline().strip().replace(",", "") != wanted:
        output.fail("nothing was changed")


def is_terminal() -> bool:
    """Tell whether somebody is there to be asked."""
    return sys.stdin.isatty() and sys.stderr.isatty()
