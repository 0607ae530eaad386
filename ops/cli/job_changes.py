"""`bellwork jobs retry|cancel|reprioritise`: one job, many, or all that a filter finds."""

from __future__ import annotations

from functools import partial
from typing import Annotated

import typer

from bellwork.db.queries.listing import Which
from bellwork.ops import words
from bellwork.ops.cli import output
from bellwork.ops.cli.choice import Changed, Choice, previewed
from bellwork.ops.cli.consent import Yes
from bellwork.ops.cli.ids import job_id
from bellwork.ops.cli.job_options import AsJson, ByActor, ByError, ByQueue, ByState, Older, Subject, Tenant
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

Ids = Annotated[list[int] | None, typer.Argument(parser=job_id, metavar="[ID]...", help="Ids of jobs.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say which jobs it would be; change nothing.")]


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    for command in (retry, cancel, reprioritise):
        app.command()(command)


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
