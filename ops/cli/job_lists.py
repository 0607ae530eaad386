"""`bellwork jobs list|show`: the newest jobs like this, or everything about one, read with the driver alone."""

from __future__ import annotations

from typing import Annotated

import typer

from bellwork.db.queries.listing import Which, list_jobs, show_job
from bellwork.ops.cli import output
from bellwork.ops.cli.ids import job_id
from bellwork.ops.cli.job_options import AsJson, ByActor, ByError, ByQueue, ByState, Older, Subject, Tenant
from bellwork.ops.cli.job_views import print_job, print_jobs
from bellwork.ops.cli.looking import looking
from bellwork.ops.look import lists

#: A list is for reading.
MOST = 10_000


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("list")(list_)
    app.command()(show)


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
    with looking() as driver:
        which = Which(state, actor, queue, error, older_than, subject, tenant)
        found = list_jobs(driver, limit=limit, **which._asdict())
    if as_json:
        output.print_json(lists.jobs(found, limit))
    else:
        print_jobs(found, limit)


def show(job: Annotated[int, typer.Argument(parser=job_id, metavar="ID")], as_json: AsJson = False) -> None:
    """Show everything about one job: its arguments, times, attempts and the error of each."""
    with looking() as driver:
        found = show_job(driver, job)
    if found is None:
        output.fail(f"there is no job {job}; finished jobs are kept for BELLWORK_HISTORY_DAYS")
    if as_json:
        output.print_json(found)
    else:
        print_job(found)
