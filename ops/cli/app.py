"""The commands together, and what a failure looks like: one line on stderr, exit code 1, no traceback."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, NoReturn

import typer

from bellwork.ops.cli import streams
from bellwork.ops.cli.commands import Commands
from bellwork.ops.words import shortened

if TYPE_CHECKING:
    from types import TracebackType

app = typer.Typer(
    name="bellwork",
    cls=Commands,
    help="Background work for learning platforms: look at it, mend it, run it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@app.callback()
def _bellwork() -> None:
    """Have commands, and do nothing without one."""


def main() -> None:
    """Run the command line; the console script `bellwork`."""
    streams.prepare()
    try:
        _run()
    except BrokenPipeError:
        streams.abandon()  # the reader of the output has ended
        sys.exit(1)
    except UnicodeEncodeError as error:
        _fail(f"{shortened(error.object)!r} is no text; give it in UTF-8")
    except Exception as error:
        if isinstance(error, OSError) and streams.is_unwritable(error):
            streams.abandon()
            _fail(f"the answer could not be written: {error.strerror}")
        if line := _explained(error):
            _fail(line)
        sys.excepthook = _say
        raise
    finally:
        _close()


def _run() -> None:
    try:
        app(prog_name="bellwork")
    finally:
        streams.flush()


def _fail(line: str) -> NoReturn:
    from bellwork.ops.cli.output import fail  # noqa: PLC0415 - knows the settings, which `--help` does without

    fail(line)


def _explained(error: Exception) -> str | None:
    """Say in a line what is wrong outside of this program, if that is it."""
    from bellwork.db.outage import explain  # noqa: PLC0415 - as above
    from bellwork.db.settings import SettingsError  # noqa: PLC0415
    from bellwork.ops.embedded.errors import EmbeddedError  # noqa: PLC0415

    return str(error) if isinstance(error, SettingsError | EmbeddedError) else explain(error)


def _say(_kind: type[BaseException], error: BaseException, _trace: TracebackType | None) -> None:
    """Print an unforeseen error, for its author: without secrets and without values of rows."""
    from bellwork.db.wording import traceback_of  # noqa: PLC0415 - as above

    sys.stderr.write(f"{traceback_of(error)}\n")


def _close() -> None:
    """Close the connections, where anything was asked of a server."""
    if engine := sys.modules.get("bellwork.db.engine"):
        engine.forget()
