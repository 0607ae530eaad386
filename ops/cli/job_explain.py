"""`bellwork jobs explain`: why a job does not run, or what became of it."""

from __future__ import annotations

from typing import Annotated

import typer

from bellwork.db.queries.explain import look_around
from bellwork.db.queries.listing import show_job
from bellwork.ops.cli import output
from bellwork.ops.cli.ids import job_id
from bellwork.ops.cli.looking import looking
from bellwork.ops.look.why import why

Job = Annotated[int, typer.Argument(parser=job_id, metavar="ID", help="The id of a job.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(explain)


def explain(job: Job, as_json: AsJson = False) -> None:
    """Say why a job does not run, or what became of it: every reason, and what to do."""
    with looking() as driver:
        around, found = look_around(driver, job), show_job(driver, job)
    if found is None:
        output.fail(f"there is no job {job}; finished jobs are kept for BELLWORK_HISTORY_DAYS")
    reasons = why(found, around)
    if as_json:
        output.print_json({"id": job, "state": found["state"], "reasons": [reason.as_dict() for reason in reasons]})
        return
    output.say(f"Job {job} of {found['actor']} on queue {found['queue']}: {found['state']}", "bold")
    for reason in reasons:
        output.say(f"  {reason.said}")
        if reason.mend:
            output.say(f"    -> {reason.mend}", "yellow")
