"""`bellwork jobs enqueue`: a job by the name of its actor, as an operator."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from bellwork.db import ledger as db_ledger
from bellwork.db.queries.health import enqueue_by_name, is_registered
from bellwork.ops import words
from bellwork.ops.cli import output
from bellwork.ops.cli.job_options import AsJson
from bellwork.ops.cli.ready import ledger
from bellwork.ops.cli.who import Who, Why, changed_by


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(enqueue)


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
