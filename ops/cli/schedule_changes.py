"""What `bellwork schedule` changes: run now, pause, resume, skip, another time; each with who and why."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from bellwork.db.ledger import ChangedBy, ConcurrentUpdate
from bellwork.ops import words
from bellwork.ops.cli import output, schedule_views
from bellwork.ops.cli.ready import ledger
from bellwork.ops.cli.who import Who, Why, account
from bellwork.ops.look.schedule import as_data
from bellwork.scheduler.cron import BadSchedule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

#: Ticks that can be skipped at once.
MOST_SKIPPED = 1_000

Key = Annotated[str, typer.Argument(metavar="ENTRY", help="The entry's key, as `bellwork schedule list` shows it.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    for command in (run, pause, resume, skip):
        app.command()(command)
    app.command("set")(set_)


def run(entry: Key, reason: Why, by: Who = None, as_json: AsJson = False) -> None:
    """Enqueue an entry's job now, beside its ticks; its next tick stays where it is."""
    from bellwork.scheduler import operate  # noqa: PLC0415 - a change may enqueue, and that loads the engine

    with _desk() as conn:
        job = operate.run(conn, entry, ChangedBy(by or account(), reason))
    _answer(as_json, f"Job {job} of entry {entry!r} is enqueued.", {"entry": entry, "job_id": job})


def pause(entry: Key, reason: Why, by: Who = None, as_json: AsJson = False) -> None:
    """Let no tick of an entry run any more: each gets a row that says so, and none is caught up."""
    from bellwork.scheduler import operate  # noqa: PLC0415 - as above

    who = by or account()
    with _desk() as conn:
        changed = operate.pause(conn, entry, ChangedBy(who, reason))
    said = f"Entry {entry!r} is paused by {who}: {reason}" if changed else f"Entry {entry!r} was paused before."
    _answer(as_json, said, {"entry": entry, "paused": True, "changed": changed})


def resume(entry: Key, reason: Why = "it may go on", by: Who = None, as_json: AsJson = False) -> None:
    """Let a paused entry go on with its next tick."""
    from bellwork.scheduler import operate  # noqa: PLC0415 - as above

    with _desk() as conn:
        changed = operate.resume(conn, entry, ChangedBy(by or account(), reason))
    said = f"Entry {entry!r} goes on." if changed else f"Entry {entry!r} was not paused; nothing was changed."
    _answer(as_json, said, {"entry": entry, "paused": False, "changed": changed})


def skip(
    entry: Key,
    reason: Why,
    count: Annotated[int, typer.Option(min=1, max=MOST_SKIPPED, help="So many, the next ones.")] = 1,
    by: Who = None,
    as_json: AsJson = False,
) -> None:
    """Decide the next tick of an entry, or the next few, in advance: they do not run."""
    from bellwork.scheduler import operate  # noqa: PLC0415 - as above

    with _desk() as conn:
        ticks = operate.skip(conn, entry, count, ChangedBy(by or account(), reason))
    times = ", ".join(words.moment(tick) for tick in ticks[:5]) + (", …" if len(ticks) > 5 else "")  # noqa: PLR2004
    _answer(as_json, f"Skipped of entry {entry!r}: {times}.", {"entry": entry, "skipped": ticks})


def set_(  # noqa: PLR0913, PLR0917 - an option of a command line is a parameter
    entry: Key,
    reason: Why,
    cron: Annotated[str | None, typer.Option(help="Another expression, as cron(8) reads it.")] = None,
    zone: Annotated[str | None, typer.Option(help="Another time zone, an IANA name.")] = None,
    declared: Annotated[bool, typer.Option("--declared", help="Back to what the code declares.")] = False,
    by: Who = None,
    as_json: AsJson = False,
) -> None:
    """Give an entry another expression or time zone; deploys leave it as it is until --declared takes it back."""
    from bellwork.scheduler import operate  # noqa: PLC0415 - as above

    if bool(cron or zone) == declared:
        raise typer.BadParameter("give --cron, --zone or both, or --declared alone")
    who = ChangedBy(by or account(), reason)
    with _desk() as conn:
        found = operate.unset_rule(conn, entry, who) if declared else operate.set_rule(conn, entry, who, cron, zone)
    if as_json:
        output.print_json(as_data(found, None))
    else:
        schedule_views.print_times(found)


@contextmanager
def _desk() -> Iterator[Connection]:
    """Open a transaction for a change; what cannot be done is said in one line, and nothing is changed."""
    from bellwork.scheduler import operate  # noqa: PLC0415 - as above

    try:
        with ledger() as conn:
            yield conn
    except (operate.NotPossible, ConcurrentUpdate) as error:
        output.fail(str(error))
    except BadSchedule as error:
        raise typer.BadParameter(str(error)) from None


def _answer(as_json: bool, said: str, data: dict[str, object]) -> None:
    if as_json:
        output.print_json(data)
    else:
        output.say(said)
