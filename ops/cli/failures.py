"""`bellwork failures`: what jobs die of, in groups; and a replay of one: a job, ten, then all."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from bellwork.db import ledger as db_ledger
from bellwork.db.ledger.failures import NEWEST, Failure, failures
from bellwork.ops import words
from bellwork.ops.cli import output
from bellwork.ops.cli.failure_replay import replay
from bellwork.ops.cli.ready import ledger
from bellwork.ops.look import lists
from bellwork.ops.replay import Replay, as_data, count_dead, failure_of

app = typer.Typer(no_args_is_help=True)
app.command()(replay)

Fingerprint = Annotated[str, typer.Argument(metavar="FINGERPRINT", help="As `bellwork failures list` shows it.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
#: Ids of dead jobs that are shown of a failure.
_SHOWN = 10
_COLUMNS = ("fingerprint", "actor", "exception", "raised in", "dead", "retrying", "first", "last", "example")


@app.command("list")
def list_(
    actor: Annotated[str | None, typer.Option(help="Only failures of this actor.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=2 * NEWEST, help="At most so many groups.")] = 50,
    as_json: AsJson = False,
) -> None:
    """List what jobs died of or are retried for, by actor, exception and place; what failed last comes first.

    Looked at are the newest 2,000 dead jobs, and as many that wait for another try.
    """
    with ledger() as conn:
        found = [each for each in failures(conn) if actor in {None, each.actor}]
    if as_json:
        output.print_json(lists.failures([as_data(each) for each in found], limit, NEWEST))
        return
    if not found:
        output.say("Nothing failed that is still known: no job is dead, and none waits for another try.")
        return
    output.table(_COLUMNS, [_row(each) for each in found[:limit]], right=("dead", "retrying", "example"))
    if len(found) > limit:
        output.say(f"The newest {limit} of {len(found)} are shown; --limit shows more.")


@app.command()
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
        output.print_json({**as_data(failure), **jobs, "replay": run.as_data() if run.replayed else None})
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


def _row(each: Failure) -> list[Any]:
    return [
        each.fingerprint,
        each.actor,
        words.shortened(each.exception, 40) or "-",
        each.function or "-",
        f"{each.dead:,}",
        f"{each.retrying:,}",
        words.moment(each.first_at),
        words.moment(each.last_at),
        each.newest,
    ]


def _traceback(job: dict[str, Any] | None) -> str:
    last = job["errors"][-1] if job and job["errors"] else None
    return str(last.get("traceback") or "") if isinstance(last, dict) else ""
