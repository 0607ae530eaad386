"""Jobs: found by what they have in common, the newest first, a page at a time; and one job whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.responses import RedirectResponse

import bellwork
from bellwork.db import ledger as db_ledger
from bellwork.db.outdated import through_migrations
from bellwork.db.queries.explain import look_around
from bellwork.db.queries.listing import SEARCHED
from bellwork.ops.age import seconds_of
from bellwork.ops.jobs import FINISHED, UNFINISHED
from bellwork.ops.look import job as of_job
from bellwork.ops.look.why import why
from bellwork.ops.web.asked import NotKnown, asked, asked_id, ledger, whole
from bellwork.ops.web.look import page

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

#: Jobs on a page, and acts on a job's own page.
MOST, ACTS = 50, 20
STATES = (*UNFINISHED, "done", *FINISHED)
#: What stands in the address of a list of jobs.
FIELDS = ("state", "actor", "queue", "tenant", "subject", "older_than", "text")


@through_migrations
def jobs(request: Request) -> Response:
    """Show jobs, those that the address chooses; a number in the search leads to that job."""
    if job := asked_id(request, "q"):
        return RedirectResponse(f"/jobs/{job}", 303)
    chosen: dict[str, Any] = {name: asked(request, name) for name in FIELDS}
    state = chosen["state"] = chosen["state"] if chosen["state"] in STATES else None
    age = seconds_of(chosen["older_than"]) if chosen["older_than"] else None
    no_age = chosen["older_than"] is not None and age is None
    chosen["older_than"] = None if no_age else chosen["older_than"]
    with ledger() as conn:
        which = db_ledger.Which(
            state, chosen["actor"], chosen["queue"], chosen["text"], age, chosen["subject"], chosen["tenant"]
        )
        found = db_ledger.list_jobs(conn, limit=MOST + 1, before=asked_id(request, "before"), **which._asdict())
    return page(
        request,
        "jobs.html",
        title="Jobs",
        jobs=found[:MOST],
        last_word=of_job.last_word,
        chosen=chosen,
        states=STATES,
        searched=SEARCHED if which.error else None,
        older=found[MOST - 1]["id"] if len(found) > MOST else None,
        is_first=not request.query_params.get("before"),
        no_number=bool(asked(request, "q")),
        no_age=no_age,
        may_retry=state in FINISHED,
        may_cancel=state in UNFINISHED or (state is None and any(chosen[name] for name in FIELDS if name != "text")),
    )


@through_migrations
def job(request: Request) -> Response:
    """Show one job: how it stands and why, when it is likely to be done, what happened, its errors, acts on it."""
    number = whole(request.path_params["id"])
    if number is None:
        raise NotKnown("A job has a whole number, such as /jobs/12.")
    with ledger() as conn:
        around, found = look_around(conn, number), db_ledger.show_job(conn, number)
        if found is None:
            raise NotKnown(f"There is no job {number}; finished ones are kept for BELLWORK_HISTORY_DAYS.")
        acts = db_ledger.list_acts(conn, ACTS, f"job {number}")
        eta = None if found["finished_at"] else bellwork.job_eta(conn, number)
    return page(
        request,
        "job.html",
        title=f"Job {number}",
        job=found,
        reasons=why(found, around),
        around=around,
        timeline=of_job.timeline(found),
        steps=of_job.steps(found),
        acts=acts,
        eta=eta,
        may_retry=found["state"] in FINISHED,
        may_cancel=found["state"] in UNFINISHED,
    )
