"""`bellwork queues`: pause and resume, fleet-wide, with who and why."""

from __future__ import annotations

from typing import Annotated

import typer

from bellwork.db import ledger as db_ledger
from bellwork.ops.cli import output
from bellwork.ops.cli.ready import ledger
from bellwork.ops.cli.who import Who, Why, account

app = typer.Typer(no_args_is_help=True)

Name = Annotated[str, typer.Argument(metavar="QUEUE", help="The queue's name, as `bellwork status` shows it.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


@app.command()
def pause(
    queue: Name,
    reason: Why,
    by: Who = None,
    as_json: AsJson = False,
) -> None:
    """Let no worker claim from a queue any more; what runs is finished, what comes waits."""
    who = by or account()
    with ledger() as conn:
        known = [row["queue"] for row in db_ledger.queue_depths(conn)]
        if queue not in known:
            output.fail(f"there is no queue {queue!r}; the queues are {', '.join(known) or 'none yet'}")
        db_ledger.pause(conn, queue, who, reason)
    _answer(as_json, queue, paused=True, changed=True, said=f"Queue {queue!r} is paused by {who}: {reason}")


@app.command()
def resume(queue: Name, reason: Why = "it may go on", by: Who = None, as_json: AsJson = False) -> None:
    """Let a paused queue go on."""
    with ledger() as conn:
        changed = db_ledger.resume(conn, queue, by or account(), reason)
    said = f"Queue {queue!r} goes on." if changed else f"Queue {queue!r} was not paused; nothing was changed."
    _answer(as_json, queue, paused=False, changed=changed, said=said)


def _answer(as_json: bool, queue: str, *, paused: bool, changed: bool, said: str) -> None:
    if as_json:
        output.print_json({"queue": queue, "paused": paused, "changed": changed})
    else:
        output.say(said)
