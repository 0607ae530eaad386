"""`bellwork status`: one sentence that says whether anybody has to get up, then the figures behind it.

PostgreSQL and Redis are asked first; then the snapshot is read, without loading more than that takes. Where no
scheduler keeps one, everything is counted.
"""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from bellwork.db import quick, redis_answers
from bellwork.ops import words
from bellwork.ops.cli import output
from bellwork.ops.cli.output import CODES
from bellwork.ops.look import standing
from bellwork.ops.look.standing import Picture, verdict


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(status)


def status(as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False) -> None:
    """Say in one sentence how things stand, then queues and workers; PostgreSQL and Redis are asked first.

    Exit codes: 0 all is well, 1 a warning, 2 critical, 3 unknown (PostgreSQL cannot be asked).
    """
    picture = _picture(as_json=as_json)
    kind, sentence = verdict(picture)
    if as_json:
        output.print_json(standing.as_data(picture, kind, sentence))
    else:
        output.say(sentence, output.STYLES[kind])
        _print_queues(picture)
        _print_workers(picture)
    if code := CODES[kind]:
        sys.exit(code)


def _picture(*, as_json: bool) -> Picture:
    with output.unknown_without_postgres():
        try:
            with quick.session() as driver:
                redis = redis_answers.trouble()
                if found := standing.of_snapshot(driver, redis, with_actors=as_json):
                    return found
        except quick.NoSchema:
            redis = redis_answers.trouble()
        return _counted(redis, as_json=as_json)


def _counted(redis: str | None, *, as_json: bool) -> Picture:
    """Count everything, as no scheduler keeps a snapshot; a database without the schema is named."""
    from bellwork.ops.cli.ready import ledger  # noqa: PLC0415 - loads SQLAlchemy and pydantic, where that is needed
    from bellwork.ops.look.counted import picture  # noqa: PLC0415

    with ledger() as conn:
        return picture(conn, redis, with_actors=as_json)


def _print_queues(picture: Picture) -> None:
    columns = ["queue", "due", "oldest", "running", "later", "paused"]
    rows = [
        [
            queue["queue"],
            f"{queue['due']:,}",
            words.duration(float(queue["oldest_due_seconds"])) if queue["due"] else "-",
            f"{queue['running']:,}",
            f"{queue['scheduled']:,}",
            words.paused(queue),
        ]
        for queue in picture.queues
    ]
    if rows:
        output.say("")
        output.table(columns, rows, right=columns[1:5])


def _print_workers(picture: Picture) -> None:
    columns = ["worker", "running", "since", "queues", "lease"]
    rows = [
        [
            f"{worker['host']}:{worker['pid']}",
            worker["running"],
            words.moment(worker["started_at"]),
            " ".join(worker["queues"]),
            words.duration(float(worker["lease_left"])) if worker["lease_left"] > 0 else "silent",
        ]
        for worker in picture.workers
    ]
    if rows:
        output.say("")
        output.table(columns, rows, right=["running"])
