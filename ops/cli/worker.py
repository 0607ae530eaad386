"""`bellwork worker`: so many masters of one process each, kept up; whatever else is given goes to Dramatiq."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from bellwork.db.engine import forget
from bellwork.ops.cli.ready import ledger
from bellwork.ops.processes import with_our_code

# --path with nothing: Dramatiq would look for modules in the folder it starts in first.
_WORKERS = [sys.executable, "-P", "-m", "dramatiq", "bellwork.workers.main", "--path", "--processes", "1"]


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})(worker)


def worker(
    context: typer.Context,
    processes: Annotated[int, typer.Option("-p", "--processes", min=1, max=500, help="Worker processes.")] = 1,
    threads: Annotated[int, typer.Option("-t", "--threads", min=1, max=1000, help="Threads of each process.")] = 8,
) -> None:
    """Run worker processes, each under a Dramatiq master of its own, and start again those that end.

    Other options go to `dramatiq`, for instance --queues or --worker-shutdown-timeout. SIGTERM or Ctrl-C lets what runs
    finish; the exit code is 0 if everything ended well. Where no worker ever comes up it is 1 or 2.
    """
    from bellwork.ops.masters import Masters  # noqa: PLC0415 - only here are processes started

    with ledger():
        pass
    forget()
    os.environ.update(with_our_code(os.environ))
    raise typer.Exit(Masters([*_WORKERS, "--threads", str(threads), *context.args], processes).run())
