"""`bellwork workers`: the worker processes, how long each is alive yet, and what it has been running for longest."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from bellwork.db import quick
from bellwork.db.registered import longest_running
from bellwork.db.registered import workers as registered
from bellwork.ops import words
from bellwork.ops.cli import output

_COLUMNS = ("worker", "state", "running", "since", "longest job", "for", "queues")


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(workers)


def workers(as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False) -> None:
    """List the worker processes: alive or silent, how many jobs each runs, and which one for longest."""
    with output.unknown_without_postgres(), quick.session() as driver:
        longest = longest_running(driver)
        found = [_facts(worker, longest.get(worker["id"])) for worker in registered(driver)]
    if as_json:
        output.print_json({"schema_version": 1, "generated_at": datetime.now(UTC), "workers": found})
        return
    output.table(_COLUMNS, [_row(worker) for worker in found], right=["running", "for"])
    if not found:
        output.say("No worker is registered; start one with `bellwork worker` or `bellwork up`.")


def _facts(worker: dict[str, Any], job: dict[str, Any] | None) -> dict[str, Any]:
    return {**worker, "state": "alive" if worker["lease_left"] > 0 else "silent", "longest_job": job}


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
