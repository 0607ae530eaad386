"""Reads a class list: the job. Cut off anywhere, the next attempt begins anew and comes to the same rows.

file ─▶ rows, 5,000 a commit ─▶ which are refused ─▶ users and places, 10,000 rows a commit ─▶ numbers and errors
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import dramatiq

from bellwork.db.content.lists import run as runs
from bellwork.db.content.lists.run import Cancelled, Order, Outcome, Superseded
from bellwork.db.engine import transaction
from bellwork.tasks.content.lists.errors import remove_errors
from bellwork.tasks.content.lists.fault import FileRefused
from bellwork.tasks.content.lists.take import refuse, take
from bellwork.tasks.content.lists.write import at_once, in_stretches
from bellwork.workers import Permanent, job

if TYPE_CHECKING:
    from sqlalchemy import Connection


def _give_up(conn: Connection, args: dict[str, Any], reason: str) -> None:
    runs.give_up(conn, str(args.get("job_id")), reason)


@dramatiq.actor(
    actor_name="content.read_class_list",
    callers="everyone",
    queue_name="lists",
    max_retries=5,
    min_backoff=5_000,
    max_backoff=300_000,
    time_limit=7_200_000,
    on_dead=_give_up,
)
def read_class_list(job_id: str) -> None:
    """Read in the file of a row of bulk_upload_jobs; one that is over, or was cancelled, is left alone.

    The row ends as completed, with the rows that were refused in `error_log`; or as failed, where nothing of the file
    could be read, an atomic list had a refused row, or it was cancelled (class_lists.reason says which).
    """
    attempt = job.current()
    with transaction() as conn:
        runs.clear_strays(conn)
        try:
            order = runs.begin(conn, job_id, f"{attempt.id}:{attempt.number}")
        except LookupError:
            raise Permanent(
                f"there is no upload {job_id!r}: insert its row in the transaction that sends this"
            ) from None
    if order is not None:
        _read(order)


def _read(order: Order) -> None:
    try:
        remove_errors(order)
        taken = take(order)
        refuse(taken)
        if order.atomic or order.dry_run:
            at_once(taken)
        else:
            in_stretches(taken)
    except FileRefused as refused:
        errors = json.dumps([{"row": 1, "error": str(refused)}])
        _end(order, Outcome("failed", errors=errors, reason=str(refused)))
    except Cancelled:
        with job.transaction() as conn:
            made = runs.count_made(conn, order)
            reason = "cancelled; what was written before stays until the upload is undone"
            runs.end(conn, order, Outcome("failed", created=made, reason=reason))
    except Superseded:
        # Whoever reads it now brings it to its end; this job has no more to do.
        with job.transaction():
            pass


def _end(order: Order, outcome: Outcome) -> None:
    with job.transaction() as conn:
        runs.end(conn, order, outcome)
