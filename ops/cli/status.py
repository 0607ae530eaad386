"""`bellwork status`: one sentence that says whether anybody has to get up, what is wrong, then the figures behind it.

PostgreSQL and Redis are asked first; then the snapshot is read, without loading more than that takes. Where no
scheduler keeps one, everything is counted. The dashboard comes to the same verdict (`look/problems`).
"""

from __future__ import annotations

import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from bellwork.db import quick, redis_answers
from bellwork.db.registered import ActorSet, actor_sets, workers
from bellwork.ops import words
from bellwork.ops.cli import output
from bellwork.ops.cli.output import CODES
from bellwork.ops.look.document import document
from bellwork.ops.look.picture import Picture, look
from bellwork.ops.look.problems import problems, verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bellwork.db.quick import Driver
    from bellwork.ops.look.problem import Problem

#: Problems that are told; the rest is a number.
MOST = 7


class Stand(NamedTuple):
    """How everything stands, the workers, and the sets of actors that they know, where those were asked for."""

    picture: Picture
    workers: list[dict[str, Any]]
    known: Sequence[ActorSet]


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(status)


def status(as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False) -> None:
    """Say in one sentence how things stand, then what is wrong, queues and workers; the servers are asked first.

    Exit codes: 0 all is well, 1 a warning, 2 critical, 3 unknown (PostgreSQL cannot be asked).
    """
    stand = _stand(as_json=as_json)
    found = problems(stand.picture)
    kind, sentence = verdict(stand.picture, found)
    if as_json:
        output.print_json(document(*stand))
    else:
        output.say(sentence, output.STYLES[kind])
        _print_problems(found)
        _print_queues(stand.picture)
        _print_workers(stand.workers)
    if code := CODES[kind]:
        sys.exit(code)


def _stand(*, as_json: bool) -> Stand:
    with output.unknown_without_postgres():
        found = None
        # Not read-only by an option of ours: whether the server takes writes is asked.
        with suppress(*quick.NoSchema), quick.session(read_only=False) as driver:
            found = look(driver, *redis_answers.look())
            if found.is_fresh:
                return _with_workers(found, driver, as_json=as_json)
        return _counted(found, as_json=as_json)


def _counted(found: Picture | None, *, as_json: bool) -> Stand:
    """Count everything, as no scheduler keeps a snapshot; a database without the schema is named."""
    from bellwork.db.engine import psycopg_of  # noqa: PLC0415 - loads SQLAlchemy and pydantic, where that is needed
    from bellwork.ops.cli.ready import ledger  # noqa: PLC0415
    from bellwork.ops.look.counted import counted  # noqa: PLC0415

    with ledger() as conn:
        driver = psycopg_of(conn)
        return _with_workers(counted(conn, found or look(driver, *redis_answers.look())), driver, as_json=as_json)


def _with_workers(picture: Picture, driver: Driver, *, as_json: bool) -> Stand:
    return Stand(picture, workers(driver), actor_sets(driver) if as_json else [])


def _print_problems(found: Sequence[Problem]) -> None:
    """Print what is known of each problem; of the first, what the sentence has not said."""
    for place, each in enumerate(found[:MOST]):
        if place:
            output.say(f"{': '.join(filter(None, (each.what, each.cause)))}.", output.STYLES[each.kind])
        since = f"since {words.moment(each.since)}" if each.since else ""
        book = f"docs/runbooks/{each.runbook}.md" if each.runbook else ""
        for line in ("; ".join(filter(None, (since, each.forecast))), "; ".join(filter(None, (each.next, book)))):
            if line:
                output.say(f"    {line}")
    if len(found) > MOST:
        output.say(f"{len(found) - MOST:,} more are in `bellwork status --json`.")


def _print_queues(picture: Picture) -> None:
    columns = ["queue", "due", "oldest", "running", "later", "paused"]
    rows = [
        [
            queue.queue,
            f"{queue.ready:,}",
            words.duration(queue.oldest_ready_seconds) if queue.ready else "-",
            f"{queue.running:,}",
            f"{queue.scheduled:,}",
            words.paused(vars(queue)),
        ]
        for queue in picture.queues
    ]
    if rows:
        output.say("")
        output.table(columns, rows, right=columns[1:5])


def _print_workers(found: Sequence[dict[str, Any]]) -> None:
    columns = ["worker", "running", "since", "queues", "lease"]
    rows = [
        [
            f"{worker['host']}:{worker['pid']}",
            worker["running"],
            words.moment(worker["started_at"]),
            " ".join(worker["queues"]),
            words.duration(float(worker["lease_left"])) if worker["lease_left"] > 0 else "silent",
        ]
        for worker in found
    ]
    if rows:
        output.say("")
        output.table(columns, rows, right=["running"])
