"""`bellwork workers`: the worker processes, how long each is alive yet, and what it has been running for longest."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from bellwork.db import quick
from bellwork.db.registered import longest_running
from bellwork.db.registered import workers as registered
from bellwork.ops import words
from bellwork.ops.cli import output
from bellwork.ops.look import lists

_COLUMNS = ("worker", "state", "running", "since", "longest job", "for", "queues")


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(workers)


def workers(as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False) -> None:
    """List the worker processes: alive or silent, how many jobs each runs, and which one for longest."""
    with output.unknown_without_postgres(), quick.session() as driver:
        longest = longest_running(driver)
        found = [lists.worker(each, longest.get(each["id"])) for each in registered(driver)]
    if as_json:
        output.print_json(lists.workers(found))
        return
    output.table(_COLUMNS, [_row(worker) for worker in found], right=["running", "for"])
    if not found:
        output.say("No worker is registered; start one with `bellwork worker` or `bellwork up`.")


def _row(worker: dict[str, Any]) -> list[str]:
    job = worker["longest_job"]
    return [
        f"{worker['host']}:{worker['pid']}",
        worker["state"],
        f"{worker['running']:,}",
        words.moment(worker["started_at"]),
        f"{job['id']} {job['actor']}" if job else "-",
        words.duration(job["seconds"]) if job else "-",
        " ".join(worker["queues"]),
    ]
