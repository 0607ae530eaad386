"""`bellwork queues`: their figures by the snapshot; pause, drain, limit and resume, fleet-wide, with who and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from bellwork.ops import words
from bellwork.ops.cli import output
from bellwork.ops.cli.age import a_while
from bellwork.ops.cli.figures import COLUMNS, NUMBERS, about, read, row
from bellwork.ops.cli.who import Who, Why, account
from bellwork.ops.look import lists
from bellwork.ops.queue_limit import at_once_of

if TYPE_CHECKING:
    from sqlalchemy import Connection

app = typer.Typer(no_args_is_help=True)

For = Annotated[int | None, typer.Option("--for", parser=a_while, metavar="TIME", help="Until so long from now: 30m.")]

Name = Annotated[str, typer.Argument(metavar="QUEUE", help="The queue's name, as `bellwork status` shows it.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """List the queues, those in trouble first: what is ready and since when, rates, waits, who paused them."""
    found = read()
    if as_json:
        output.print_json(lists.queues(found))
        return
    output.table(COLUMNS, [row(each) for each in found.queues], right=NUMBERS)
    output.say(about(found))


@app.command()
def pause(
    queue: Name,
    reason: Why,
    seconds: For = None,
    by: Who = None,
    as_json: AsJson = False,
) -> None:
    """Let no worker claim from a queue any more; what runs is finished, what comes waits.

    With --for, a scheduler ends the pause by itself.
    """
    from bellwork.db import ledger as db_ledger  # noqa: PLC0415 - `list` does without, and all that it loads
    from bellwork.ops.cli.ready import ledger  # noqa: PLC0415

    who = by or account()
    with ledger() as conn:
        insist_on_queue(conn, queue)
        db_ledger.pause(conn, queue, who, reason, seconds)
    length = f" for {words.duration(seconds)}" if seconds else ""
    _answer(as_json, queue, paused=True, changed=True, said=f"Queue {queue!r} is paused{length} by {who}: {reason}")


@app.command()
def resume(queue: Name, reason: Why = "it may go on", by: Who = None, as_json: AsJson = False) -> None:
    """Let a paused queue go on."""
    from bellwork.db import ledger as db_ledger  # noqa: PLC0415 - as above
    from bellwork.ops.cli.ready import ledger  # noqa: PLC0415

    with ledger() as conn:
        changed = db_ledger.resume(conn, queue, by or account(), reason)
    said = f"Queue {queue!r} goes on." if changed else f"Queue {queue!r} was not paused; nothing was changed."
    _answer(as_json, queue, paused=False, changed=changed, said=said)


@app.command()
def limits(
    queue: Name,
    concurrency: Annotated[
        str | None,
        typer.Option(metavar="N|none", help="So many of its jobs at once, fleet-wide; none lifts the limit."),
    ] = None,
    reason: Why = "set by an operator",
    by: Who = None,
    as_json: AsJson = False,
) -> None:
    """Show how many jobs of a queue may run at once in the whole fleet, or change it; what runs goes on.

    Workers of this release heed it from the next claim on.
    """
    from bellwork.db import ledger as db_ledger  # noqa: PLC0415 - as above
    from bellwork.ops.cli.ready import ledger  # noqa: PLC0415

    most = _concurrency(concurrency) if concurrency is not None else None
    changed = False
    with ledger() as conn:
        insist_on_queue(conn, queue)
        if concurrency is not None:
            changed = db_ledger.set_limit(conn, queue, most, db_ledger.ChangedBy(by or account(), reason))
        found = db_ledger.limit_of(conn, queue)
        running = db_ledger.count_running(conn, queue)
    if as_json:
        limit = {name: found.get(name) for name in ("at_once", "limited_by", "limit_reason")}
        output.print_json({"queue": queue, **limit, "running": running, "changed": changed})
        return
    said = f"Queue {queue!r}: {words.plural(running, 'job')} of it {'runs' if running == 1 else 'run'}, "
    if found:
        output.say(f"{said}{found['at_once']:,} may, set by {found['limited_by']}: {found['limit_reason']}")
    else:
        output.say(f"{said}and as many may as there are threads.")


@app.command()
def drain(  # noqa: PLR0913, PLR0917 - an option of a command line is a parameter
    queue: Name,
    reason: Why,
    seconds: For = None,
    patience: Annotated[
        int | None,
        typer.Option("--patience", parser=a_while, metavar="TIME", help="Wait so long at most; for ever unless told."),
    ] = None,
    by: Who = None,
    as_json: AsJson = False,
) -> None:
    """Pause a queue, and wait until none of its jobs runs any more; it stays paused until `bellwork queues resume`.

    Exit code 1 where some still run after --patience. Cut off, the pause stays.
    """
    from bellwork.db import ledger as db_ledger  # noqa: PLC0415 - as above
    from bellwork.ops.cli.queue_drain import wait_until_none_runs  # noqa: PLC0415
    from bellwork.ops.cli.ready import ledger  # noqa: PLC0415

    with ledger() as conn:
        insist_on_queue(conn, queue)
        db_ledger.pause(conn, queue, by or account(), reason, seconds)
    left = wait_until_none_runs(queue, patience)
    if as_json:
        output.print_json({"queue": queue, "paused": True, "running": left, "drained": not left})
    else:
        run = f"{words.plural(left, 'job')} of it still {'runs' if left == 1 else 'run'}"
        said = f"Queue {queue!r} is paused, and {run if left else 'none of its jobs runs'}."
        output.say(said, output.STYLES["warn" if left else "ok"])
    if left:
        raise typer.Exit(1)


def _concurrency(given: str) -> int | None:
    try:
        return at_once_of(given)
    except ValueError as error:
        raise typer.BadParameter(f"--concurrency {words.shortened(given)!r} is no limit; {error}") from None


def insist_on_queue(conn: Connection, queue: str) -> None:
    """End the command where there is no such queue, naming those that there are."""
    from bellwork.db import ledger as db_ledger  # noqa: PLC0415 - as above

    if not db_ledger.is_queue(conn, queue):
        known = [row["queue"] for row in db_ledger.queue_depths(conn)]
        output.fail(f"there is no queue {queue!r}; the queues are {', '.join(known) or 'none yet'}")


def _answer(as_json: bool, queue: str, *, paused: bool, changed: bool, said: str) -> None:
    if as_json:
        output.print_json({"queue": queue, "paused": paused, "changed": changed})
    else:
        output.say(said)
