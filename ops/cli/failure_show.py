"""`bellwork failures show`: one failure, with its newest traceback, its jobs, and what became of its last replay."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from bellwork.db import ledger as db_ledger
from bellwork.ops import words
from bellwork.ops.cli import output
from bellwork.ops.cli.ready import ledger
from bellwork.ops.look import lists
from bellwork.ops.replay import Replay, count_dead, failure_of

if TYPE_CHECKING:
    from bellwork.db.queries.failures import Failure

Fingerprint = Annotated[str, typer.Argument(metavar="FINGERPRINT", help="As `bellwork failures list` shows it.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
#: Ids of dead jobs that are shown of a failure.
_SHOWN = 10


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(show)


def show(fingerprint: Fingerprint, as_json: AsJson = False) -> None:
    """Show one failure: its newest error with the traceback, its jobs, and what became of its last replay."""
    with ledger() as conn:
        failure = failure_of(conn, fingerprint)
        if failure is None:
            output.fail(f"there is no failure {fingerprint!r} among the newest; `bellwork failures list` shows them")
        job = db_ledger.show_job(conn, failure.newest)
        dead, is_more = count_dead(conn, failure)
        run = Replay.begun(conn, failure)
    trace = _traceback(job)
    if as_json:
        jobs = {"dead_jobs": dead[:_SHOWN], "dead": len(dead), "is_more": is_more, "traceback": trace}
        output.print_json({**lists.failure(failure), **jobs, "replay": run.as_data() if run.replayed else None})
        return
    output.say(f"{failure.fingerprint}: {failure.exception or 'no error is told'} in {failure.actor}", "bold")
    for name, fact in _facts(failure, dead, is_more=is_more):
        output.say(f"  {name}: {fact}")
    if run.replayed:
        output.say(f"  last replay: {run.told()}")
    for line in trace.splitlines():
        output.say(f"    {line}")
    if dead:
        output.say(f"`bellwork failures replay {failure.fingerprint}` puts one back, then ten, then the rest.")


def _facts(failure: Failure, dead: list[int], *, is_more: bool) -> list[tuple[str, str]]:
    ids = ", ".join(map(str, dead[:_SHOWN]))
    return [
        ("said", words.shortened(failure.said, 300) or "-"),
        ("raised in", f"{failure.function} ({failure.file})" if failure.function else "-"),
        ("queues", ", ".join(failure.queues)),
        ("dead", f"{len(dead):,}{' or more' if is_more else ''}{f', the newest: {ids}' if ids else ''}"),
        ("retrying", f"{failure.retrying:,}"),
        ("since", f"{words.moment(failure.first_at)}, last {words.moment(failure.last_at)}"),
    ]


def _traceback(job: dict[str, Any] | None) -> str:
    last = job["errors"][-1] if job and job["errors"] else None
    return str(last.get("traceback") or "") if isinstance(last, dict) else ""
