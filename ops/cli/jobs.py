"""`bellwork jobs`: list, show, explain, enqueue, compat; retry, cancel, reprioritise, rename one or all of a filter."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Annotated

import typer

from bellwork.db import ledger as db_ledger
from bellwork.db.ledger import Which
from bellwork.db.queries.health import enqueue_by_name, is_registered
from bellwork.ops import words
from bellwork.ops.cli import output
from bellwork.ops.cli.age import a_while
from bellwork.ops.cli.choice import Changed, Choice, State, previewed
from bellwork.ops.cli.consent import Yes
from bellwork.ops.cli.ids import job_id
from bellwork.ops.cli.job_compat import compat
from bellwork.ops.cli.job_explain import explain
from bellwork.ops.cli.job_rename import rename
from bellwork.ops.cli.job_views import print_job, print_jobs
from bellwork.ops.cli.ready import ledger
from bellwork.ops.cli.who import Who, Why, changed_by
from bellwork.ops.jobs import (
    FINISHED,
    UNFINISHED,
    WAITING,
    Counted,
    cancel_jobs,
    move,
    reprioritise_jobs,
    retry_jobs,
)
from bellwork.ops.look import lists

app = typer.Typer(no_args_is_help=True)
app.command()(explain)
app.command()(rename)
app.command()(compat)

#: A list is for reading.
MOST = 10_000

Ids = Annotated[list[int] | None, typer.Argument(parser=job_id, metavar="[ID]...", help="Ids of jobs.")]
ByState = Annotated[State | None, typer.Option(help="Only jobs in this state.")]
ByActor = Annotated[str | None, typer.Option(help="Only jobs of this actor.")]
ByQueue = Annotated[str | None, typer.Option(help="Only jobs of this queue.")]
ByError = Annotated[
    str | None,
    typer.Option("--error", help="Only jobs whose last error, or reason, holds this text, in whatever case."),
]
Older = Annotated[
    int | None,
    typer.Option(
        "--older-than", parser=a_while, metavar="AGE", help="Only jobs that ended, or began to wait, so long ago: 2h."
    ),
]
Subject = Annotated[str | None, typer.Option(help="Only jobs with this person's data, as their actors declare it.")]
Tenant = Annotated[str | None, typer.Option(help="Only jobs for this school, as their actors declare it.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say which jobs it would be; change nothing.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


@app.command("list")
def list_(  # noqa: PLR0913, PLR0917 - an option of a command line is a parameter
    state: ByState = None,
    actor: ByActor = None,
    queue: ByQueue = None,
    error: ByError = None,
    older_than: Older = None,
    subject: Subject = None,
    tenant: Tenant = None,
    limit: Annotated[int, typer.Option(min=1, max=MOST, help="At most so many, the newest first.")] = 50,
    as_json: AsJson = False,
) -> None:
    """List jobs, the newest first, finished and unfinished alike.

    A text of an error is looked for in the newest 5,000 that the other options find.
    """
    with ledger() as conn:
        which = Which(state, actor, queue, error, older_than, subject, tenant)
        found = db_ledger.list_jobs(conn, limit=limit, **which._asdict())
    if as_json:
        output.print_json(lists.jobs(found, limit))
    else:
        print_jobs(found, limit)


@app.command()
def show(job: Annotated[int, typer.Argument(parser=job_id, metavar="ID")], as_json: AsJson = False) -> None:
    """Show everything about one job: its arguments, times, attempts and the error of each."""
    with ledger() as conn:
        found = db_ledger.show_job(conn, job)
    if found is None:
        output.fail(f"there is no job {job}; finished jobs are kept for BELLWORK_HISTORY_DAYS")
    if as_json:
        output.print_json(found)
    else:
        print_job(found)


@app.command()
def enqueue(  # noqa: PLR0913, PLR0917 - an option of a command line is a parameter
    actor: Annotated[str, typer.Argument(metavar="ACTOR", help="The actor's name, for instance content.understand.")],
    args: Annotated[str, typer.Option(help="Named arguments, a JSON object.")] = "{}",
    queue: Annotated[str | None, typer.Option(help="The actor's own queue unless told.")] = None,
    priority: Annotated[int | None, typer.Option(min=-1000, max=1000, help="Lower runs first.")] = None,
    delay: Annotated[float, typer.Option(min=0, max=10**9, help="Run so many seconds from now.")] = 0,
    unique_key: Annotated[str | None, typer.Option(help="No second job while one with this key is unfinished.")] = None,
    reason: Why = "enqueued by an operator",
    by: Who = None,
    as_json: AsJson = False,
) -> None:
    """Enqueue a job; a worker takes it as soon as it is due."""
    run_at = datetime.now(UTC) + timedelta(seconds=delay) if delay else None
    job = {"actor": actor, "args": _arguments(args), "queue": queue, "priority": priority}
    with ledger() as conn:
        found, new = enqueue_by_name(conn, job | {"run_at": run_at, "unique_key": unique_key})
        if new:
            kept = {"actor": actor, "queue": queue, "priority": priority, "run_at": run_at}
            db_ledger.record_act(conn, changed_by(by, reason), "jobs enqueue", f"job {found}", {}, kept)
        registered = is_registered(conn, actor)
    if as_json:
        output.print_json({"id": found, "new": new, "actor_registered": registered})
        return
    output.say(f"Job {found} is enqueued." if new else f"Job {found} already holds the key {unique_key!r}; no new job.")
    if not registered:
        output.say(f"No worker has ever registered an actor {actor!r}: the job waits until one does.", "yellow")


@app.command()
def retry(  # noqa: PLR0913, PLR0917 - an option of a command line is a parameter
    ids: Ids = None,
    state: ByState = None,
    actor: ByActor = None,
    queue: ByQueue = None,
    error: ByError = None,
    older_than: Older = None,
    subject: Subject = None,
    tenant: Tenant = None,
    reason: Why = "put back by an operator",
    yes: Yes = False,
    dry_run: DryRun = False,
    by: Who = None,
    as_json: AsJson = False,
) -> None:
    """Put dead or cancelled jobs back, due now: those named, or all that a filter finds (dead ones unless told)."""
    choice = Choice(ids, Which(state, actor, queue, error, older_than, subject, tenant), yes, dry_run).checked(FINISHED)
    act = partial(retry_jobs, by=changed_by(by, reason))
    _report("retried", choice, choice.change(FINISHED, "dead", "retry", "retried", act), as_json=as_json)


@app.command()
def cancel(  # noqa: PLR0913, PLR0917 - an option of a command line is a parameter
    ids: Ids = None,
    state: ByState = None,
    actor: ByActor = None,
    queue: ByQueue = None,
    error: ByError = None,
    older_than: Older = None,
    subject: Subject = None,
    tenant: Tenant = None,
    reason: Why = "cancelled by an operator",
    yes: Yes = False,
    dry_run: DryRun = False,
    by: Who = None,
    as_json: AsJson = False,
) -> None:
    """Cancel unfinished jobs: those named, or all that a filter finds. A running attempt can write nothing any more."""
    choice = Choice(ids, Which(state, actor, queue, error, older_than, subject, tenant), yes, dry_run).checked(
        UNFINISHED
    )
    act = partial(cancel_jobs, by=changed_by(by, reason))
    _report("cancelled", choice, choice.change(UNFINISHED, "unfinished", "cancel", "cancelled", act), as_json=as_json)


@app.command()
def reprioritise(  # noqa: PLR0913, PLR0917 - an option of a command line is a parameter
    priority: Annotated[int, typer.Option(min=-1000, max=1000, help="Lower runs first.")],
    ids: Ids = None,
    state: ByState = None,
    actor: ByActor = None,
    queue: ByQueue = None,
    error: ByError = None,
    older_than: Older = None,
    subject: Subject = None,
    tenant: Tenant = None,
    reason: Why = "reprioritised by an operator",
    yes: Yes = False,
    dry_run: DryRun = False,
    by: Who = None,
    as_json: AsJson = False,
) -> None:
    """Give jobs that wait another priority: those named, or all that a filter finds, due now or later."""
    choice = Choice(ids, Which(state, actor, queue, error, older_than, subject, tenant), yes, dry_run).checked(WAITING)
    act = partial(reprioritise_jobs, by=changed_by(by, reason), priority=priority)
    done = choice.change(WAITING, "waiting", "reprioritise", "reprioritised", act)
    if done.changed:
        move(done.changed)
    _report("reprioritised", choice, done, as_json=as_json)


def _report(done: str, choice: Choice, found: Changed, *, as_json: bool) -> None:
    """Say what was done and what was not; a job that was named and left alone makes exit code 1."""
    if choice.dry_run and found.counted:
        _preview(found.counted, as_json=as_json)
        return
    left = sorted(set(found.meant) - set(found.changed))
    if as_json:
        output.print_json({done: sorted(found.changed), "unchanged": left})
    else:
        output.say(f"{words.plural(len(found.changed), 'job')} {done}{_some(sorted(found.changed))}.")
        if left:
            why = "not there, in a state that does not allow it, or its unique key is taken again"
            output.say(f"{words.plural(len(left), 'job')} left alone{_some(left)}: {why}.", "yellow")
    if choice.ids and left:
        raise typer.Exit(1)


def _preview(counted: Counted, *, as_json: bool) -> None:
    if as_json:
        data = {"count": counted.count, "is_more": counted.is_more, "actors": dict(counted.actors.most_common())}
        output.print_json({"dry_run": True, **data, "examples": counted.samples})
    else:
        output.say(f"Nothing is changed; it would be {previewed(counted)}.")


def _some(ids: list[int]) -> str:
    most = 10
    return f" ({', '.join(map(str, ids[:most]))}{', …' if len(ids) > most else ''})" if ids else ""


def _arguments(given: str) -> str:
    """Return the arguments as they were given, for PostgreSQL reads numbers exactly; a usage error unless an object."""
    try:
        arguments = json.loads(given, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise typer.BadParameter(f"--args {words.shortened(given)!r} is no JSON: {error}") from None
    if not isinstance(arguments, dict):
        raise typer.BadParameter(f"--args is {words.shortened(given)!r}; give a JSON object of named arguments")
    return given


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no number in JSON")
