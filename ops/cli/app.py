"""The commands together, and what a failure looks like: one line on stderr, exit code 1, no traceback."""

from __future__ import annotations

import sys

import typer

from db.engine import forget
from db.outage import explain
from db.settings import SettingsError
from ops.cli import jobs, partitions, queues, retention, schedule, soak, stack, status, streams, web
from ops.cli.output import fail
from ops.embedded import EmbeddedError
from ops.words import shortened

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
soak.add_to(app)
web.add_to(app)
app.add_typer(jobs.app, name="jobs", help="List, show, explain, enqueue, retry, cancel and rename jobs.")
app.add_typer(partitions.app, name="partitions", help="Tables by time: rotate, archive, verify, restore, hold.")
app.add_typer(queues.app, name="queues", help="Pause and resume queues.")
app.add_typer(retention.app, name="retention", help="What leaves the database, when, and what is due now.")
app.add_typer(schedule.app, name="schedule", help="What recurs: look at it, pause it, run it, change its times.")


def main() -> None:
    """Run the command line; the console script `bellwork`."""
    streams.prepare()
    try:
        _run()
    except (SettingsError, EmbeddedError) as error:
        fail(str(error))
    except BrokenPipeError:
        streams.abandon()  # whoever read the output has left
        sys.exit(1)
    except UnicodeEncodeError as error:
        fail(f"{shortened(error.object)!r} is no text; give it in UTF-8")
    except Exception as error:
        if isinstance(error, OSError) and streams.is_unwritable(error):
            streams.abandon()
            fail(f"the answer could not be written: {error.strerror}")
        if line := explain(error):
            fail(line)
        raise
    finally:
        forget()


def _run() -> None:
    try:
        app(prog_name="bellwork")
    finally:
        streams.flush()
