"""The commands together, and what a failure looks like: one line on stderr, exit code 1, no traceback."""

from __future__ import annotations

import os
import sys

import typer

from db.engine import forget
from db.outage import explain
from db.settings import SettingsError
from ops.cli import jobs, queues, stack, status
from ops.cli.output import fail
from ops.embedded import EmbeddedError

app = typer.Typer(
    name="bellwork",
    help="Background work for learning platforms: look at it, mend it, run it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
stack.add_to(app)
status.add_to(app)
app.add_typer(jobs.app, name="jobs", help="List, show, enqueue, retry and cancel jobs.")
app.add_typer(queues.app, name="queues", help="Pause and resume queues.")


def main() -> None:
    """Run the command line; the console script `bellwork`."""
    try:
        app(prog_name="bellwork")
    except (SettingsError, EmbeddedError) as error:
        fail(str(error))
    except BrokenPipeError:
        # Whoever read the output has left; what is still to be flushed must not complain about it a second time.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except Exception as error:
        if line := explain(error):
            fail(line)
        raise
    finally:
        forget()
