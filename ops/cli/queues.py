"""`bellwork queues`: their figures by the snapshot; pause and resume, fleet-wide, with who, why and for how long."""

from __future__ import annotations

from typing import Annotated

import typer

from bellwork.ops import words
from bellwork.ops.cli import output
from bellwork.ops.cli.age import a_while
from bellwork.ops.cli.figures import COLUMNS, NUMBERS, about, document, read, row
from bellwork.ops.cli.who import Who, Why, account

app = typer.Typer(no_args_is_help=True)

For = Annotated[int | None, typer.Option("--for", parser=a_while, metavar="TIME", help="Until so long from now: 30m.")]

Name = Annotated[str, typer.Argument(metavar="QUEUE", help="The queue's name, as `bellwork status` shows it.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """List the queues, those in trouble first: what is ready and since when, rates, waits, who paused them."""
    found = read()
    if as_json:
        output.print_json(document(found))
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
        known = [row["queue"] for row in db_ledger.queue_depths(conn)]
        if queue not in known:
            output.fail(f"there is no queue {queue!r}; the queues are {', '.join(known) or 'none yet'}")
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


def _answer(as_json: bool, queue: str, *, paused: bool, changed: bool, said: str) -> None:
    if as_json:
        output.print_json({"queue": queue, "paused": paused, "changed": changed})
    else:
        output.say(said)
